import { isMap, isScalar, isSeq, Scalar, stringify, visit, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import { fieldOf } from "../../../json/fieldOf";
import { writeJson } from "../../../json/writeJson";
import { sameJson } from "../sameJson";
import type { Source } from "../source";
import { WRITING, type treeOf } from "../text";
import { isList, isObject, type Json, type JsonObject } from "../types";
import { align } from "./align";
import { endOf, isBlock, isFlow, itemsOf, lineEnd, matchAt, startOf, Unpatchable, type Item } from "./parts";

/** An item as it will be: with its key if it is one of an object, and the old item that it was. */
interface Wanted {
  readonly key: string | null;
  readonly after: Json;
  readonly old: Item | null;
  readonly before: Json | undefined;
}

export class Patcher {
  private readonly text: string;
  private readonly isJson: boolean;
  private readonly tree: ReturnType<typeof treeOf>;
  private readonly step: number;
  private readonly indentSeq: boolean;
  private readonly lineBreak: string;

  constructor({ text, syntax }: Source, tree: ReturnType<typeof treeOf>) {
    this.text = text;
    this.isJson = syntax === "json";
    this.tree = tree;
    const style = styleOf(text, tree.contents);
    this.step = style.step;
    this.indentSeq = style.indentSeq;
    this.lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  }

  patched(before: JsonObject, after: JsonObject): string {
    const root = this.tree.contents;
    if (root === null || !(isBlock(root) || isFlow(root))) throw new Unpatchable("no object");
    const end = isBlock(root) ? lineEnd(this.text, root) : endOf(root);
    return this.text.slice(0, startOf(root)) + (isBlock(root) ? this.block(root, before, after) : this.flow(root, before, after)) + this.text.slice(end);
  }

  private wanted(collection: YAMLMap | YAMLSeq, before: Json, after: Json): { readonly items: readonly Item[]; readonly wanted: readonly Wanted[] } {
    const items = itemsOf(this.text, collection);
    if (isList(before) && isList(after) && isSeq(collection)) {
      const places = align(before, after);
      const wanted = after.map((item, position) => {
        const place = places[position] ?? null;
        return { key: null, after: item, old: place === null ? null : (items[place] ?? null), before: place === null ? undefined : before[place] };
      });
      return { items, wanted };
    }
    if (!isObject(before) || !isObject(after) || !isMap(collection)) throw new Unpatchable("another kind of value");
    const wanted: Wanted[] = items.flatMap((old) => {
      const value = fieldOf(after, old.key ?? "");
      return value === undefined ? [] : [{ key: old.key, after: value, old, before: fieldOf(before, old.key ?? "") }];
    });
    const order = Object.entries(after).filter((entry): entry is [string, Json] => entry[1] !== undefined);
    for (const [place, [key, value]] of order.entries()) {
      if (wanted.some((item) => item.key === key)) continue;
      const isLast = order.slice(place + 1).every(([later]) => !wanted.some((item) => item.key === later));
      const previous = wanted.findIndex((item) => item.key === order[place - 1]?.[0]);
      wanted.splice(isLast || previous < 0 ? wanted.length : previous + 1, 0, { key, after: value, old: null, before: undefined });
    }
    return { items, wanted };
  }

  /** Returns the text of a list or object in a block, from its first item to the end of its last line. */
  private block(collection: YAMLMap | YAMLSeq, before: Json, after: Json): string {
    const { items, wanted } = this.wanted(collection, before, after);
    const first = items[0];
    if (first === undefined || wanted.length === 0) throw new Unpatchable("empty");
    const indent = " ".repeat(columnOf(this.text, first.start));
    const lead = new Map<Item, string>();
    for (const [position, item] of items.entries()) {
      const previous = items[position - 1];
      lead.set(item, previous === undefined ? "" : this.text.slice(lineEnd(this.text, previous.value), item.start).replace(/[ \t]*$/, ""));
    }
    const kept = new Set(wanted.map((item) => item.old));
    // Of what stood above a removed item, only the comments that touch it go with it.
    let orphans = "";
    const gap = new Map<Item, string>();
    for (const item of items) {
      if (kept.has(item)) {
        gap.set(item, orphans + (lead.get(item) ?? ""));
        orphans = "";
      } else orphans += /^[^]*\n[ \t]*\r?\n/.exec(`\n${lead.get(item) ?? ""}`)?.[0].slice(1) ?? "";
    }
    let made = "";
    for (const item of wanted) {
      const above = item.old === null ? "" : (gap.get(item.old) ?? "");
      const content = item.old === null || item.before === undefined ? this.newItem(item, indent) : this.blockItem(item.old, item.before, item.after, indent);
      if (made === "") made = above.trimStart() === "" ? content : above.replace(/^\s*/, "") + indent + content;
      else made = `${made}${made.endsWith("\n") ? "" : this.lineBreak}${above}${indent}${content}`;
    }
    return made + orphans;
  }

  /** Returns the text of an item of a block, from its beginning to the end of its last line. */
  private blockItem(item: Item, before: Json, after: Json, indent: string): string {
    const { text } = this;
    const end = lineEnd(text, item.value);
    if (sameJson(before, after)) return text.slice(item.start, end);
    const { value } = item;
    const start = startOf(value);
    if (isSameKind(before, after)) {
      if (isBlock(value)) return text.slice(item.start, start) + this.block(value, before, after);
      if (isFlow(value)) return text.slice(item.start, start) + this.flow(value, before, after) + text.slice(endOf(value), end);
    }
    const comment = this.commentOf(value, end);
    const written = this.blockValue(item, after, indent);
    const [line = "", ...lines] = written.split(this.lineBreak);
    return (item.key === null ? "-" : text.slice(item.start, item.valueStart)) + [line + comment, ...lines].join(this.lineBreak);
  }

  /** Returns the comment on the line on which a value begins, with the blanks before it. */
  private commentOf(value: Node, end: number): string {
    if (isBlock(value)) return "";
    const isLiteral = isScalar(value) && (value.type === Scalar.BLOCK_LITERAL || value.type === Scalar.BLOCK_FOLDED);
    if (isLiteral) return matchAt(/[|>][-+\d]*([ \t]+#[^\r\n]*)?/y, this.text, startOf(value)).replace(/^[|>][-+\d]*/, "");
    return matchAt(/[ \t]+#[^\r\n]*/y, this.text.slice(0, end), endOf(value));
  }

  /** Returns a value as it stands behind `key:` or `-`, with the line break. */
  private blockValue({ key, value }: Item, after: Json, indent: string): string {
    const style = isScalar(value) && typeof after === "string" && !after.includes("\n") ? value.type : undefined;
    const quoted = style === Scalar.QUOTE_DOUBLE || style === Scalar.QUOTE_SINGLE ? style : undefined;
    const shown = quoted === undefined ? after : styled(after as string, quoted);
    const written = this.indented(this.yaml(key === null ? [shown] : { k: shown }), indent);
    return written.slice(key === null ? 1 : 2);
  }

  private newItem({ key, after }: Wanted, indent: string): string {
    return this.indented(this.yaml(key === null ? [after] : { [key]: after }), indent);
  }

  private yaml(value: unknown): string {
    return stringify(value, { ...WRITING, indent: this.step, indentSeq: this.indentSeq });
  }

  private indented(written: string, indent: string): string {
    return written.replace(/\n(?=[^\n])/g, `\n${indent}`).replaceAll("\n", this.lineBreak);
  }

  /** Returns the text of a list or object in brackets. */
  private flow(collection: YAMLMap | YAMLSeq, before: Json, after: Json): string {
    const { text } = this;
    const { items, wanted } = this.wanted(collection, before, after);
    const [first, second] = items;
    const last = items.at(-1);
    if (first === undefined || last === undefined || wanted.length === 0) throw new Unpatchable("empty");
    const open = text.slice(startOf(collection), first.start);
    const close = text.slice(endOf(last.value), endOf(collection));
    const usual = second === undefined ? `,${/\n/.test(open) ? open.slice(open.indexOf("\n")) : " "}` : text.slice(endOf(first.value), second.start);
    const between = /^\s*,\s*$/.test(usual) ? usual : ", ";
    const gap = new Map(items.map((item, position) => [item, position === 0 ? between : text.slice(endOf((items[position - 1] as Item).value), item.start)]));
    const inner = wanted.map((item, position) => {
      const content = item.old === null || item.before === undefined ? this.newFlowItem(item, open) : this.flowItem(item.old, item.before, item.after, open);
      return (position === 0 ? "" : item.old === null ? between : (gap.get(item.old) ?? between)) + content;
    });
    return open + inner.join("") + close;
  }

  private flowItem(item: Item, before: Json, after: Json, open: string): string {
    const { text } = this;
    const { value } = item;
    if (sameJson(before, after)) return text.slice(item.start, endOf(value));
    const head = text.slice(item.start, startOf(value));
    return head + (isFlow(value) && isSameKind(before, after) ? this.flow(value, before, after) : this.flowValue(after, open));
  }

  private newFlowItem({ key, after }: Wanted, open: string): string {
    if (key === null) return this.flowValue(after, open);
    const name = this.isJson ? JSON.stringify(key) : /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key);
    return `${name}: ${this.flowValue(after, open)}`;
  }

  private flowValue(value: Json, open: string): string {
    const indent = /\n([ \t]*)[^\n]*$/.exec(open)?.[1];
    if (this.isJson) return indent === undefined ? writeJson(value) : writeJson(value, this.step).replaceAll("\n", `\n${indent}`);
    return stringify([value], { ...WRITING, collectionStyle: "flow" }).trim().replace(/^\[\s*|\s*\]$/g, "");
  }
}

function isSameKind(before: Json, after: Json): boolean {
  if (isList(before) && isList(after)) return after.length > 0;
  return isObject(before) && isObject(after) && Object.values(after).some((value) => value !== undefined);
}

function styled(value: string, type: Scalar.QUOTE_DOUBLE | Scalar.QUOTE_SINGLE): Scalar {
  const scalar = new Scalar(value);
  scalar.type = type;
  return scalar;
}

/** Returns how far the text indents, and whether its lists are indented below their keys. */
function styleOf(text: string, root: unknown): { readonly step: number; readonly indentSeq: boolean } {
  if (!isMap(root)) return { step: 2, indentSeq: true };
  if (root.flow === true) return { step: matchAt(/\{\r?\n +/y, text, startOf(root)).replace(/^\{\r?\n/, "").length || 2, indentSeq: true };
  const list = root.items.map((pair) => pair.value).find((value) => isSeq(value) && isBlock(value));
  const column = isSeq(list) ? columnOf(text, startOf(list)) : 2;
  let step = column;
  visit(root, {
    Pair: (_key, { key, value }) => {
      if (!isMap(value) || !isBlock(value) || !isScalar(key)) return undefined;
      step = columnOf(text, startOf(value)) - columnOf(text, startOf(key));
      return visit.BREAK;
    },
  });
  return { step: step < 1 || step > 8 ? 2 : step, indentSeq: column > 0 };
}

function columnOf(text: string, place: number): number {
  return place - (text.lastIndexOf("\n", place - 1) + 1);
}
