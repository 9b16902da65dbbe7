/** The items of a list or object in a YAML text, each with the characters that belong to it. */

import { isCollection, isMap, isPair, isScalar, isSeq, Scalar, type Node, type YAMLMap, type YAMLSeq } from "yaml";

/** The text has a form that cannot be changed in part: anchors, tags, keys that are no plain text. */
export class Unpatchable extends Error {}

/** An item: of an object with its key, of a list without. */
export interface Item {
  readonly key: string | null;
  readonly value: Node;
  readonly start: number;
  /** Where its key ends, with the colon; of a list, where the value begins. */
  readonly valueStart: number;
}

/** Returns the items of a list or object, in the order of the text. */
export function itemsOf(text: string, collection: YAMLMap | YAMLSeq): readonly Item[] {
  if (collection.anchor !== undefined || collection.tag !== undefined) throw new Unpatchable("an anchor or a tag");
  return collection.items.map((item) => {
    const value: unknown = isPair(item) ? item.value : item;
    if (!isNode(value) || hasProperties(value)) throw new Unpatchable("an item without a value, or with an anchor or a tag");
    if (!isPair(item)) {
      const start = collection.flow === true ? startOf(value) : dashBefore(text, startOf(value));
      return { key: null, value, start, valueStart: startOf(value) };
    }
    const { key } = item;
    if (!isScalar(key) || hasProperties(key)) throw new Unpatchable("a key that is no plain text");
    const end = key.range?.[1] ?? 0;
    const colon = matchAt(/[ \t]*:/y, text, end);
    if (colon === "") throw new Unpatchable("a key without a colon");
    return { key: String(key.value), value, start: startOf(key), valueStart: end + colon.length };
  });
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isCollection(value);
}

function hasProperties(node: Node): boolean {
  return (isScalar(node) || isMap(node) || isSeq(node)) && (node.anchor !== undefined || node.tag !== undefined);
}

export function startOf(node: Node): number {
  const start = node.range?.[0];
  if (start === undefined) throw new Unpatchable("a part without a place");
  return start;
}

export function endOf(node: Node): number {
  return node.range?.[1] ?? startOf(node);
}

/** How many characters of comments may stand between a dash and its value. */
const LONGEST_GAP = 2_000;

/** Returns the place of the `-` of an item of a list. */
function dashBefore(text: string, start: number): number {
  const from = Math.max(0, start - LONGEST_GAP);
  const before = /-(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*$/.exec(text.slice(from, start));
  if (before === null) throw new Unpatchable("an item without a dash");
  return from + before.index;
}

export function isBlock(node: Node): node is YAMLMap | YAMLSeq {
  return isCollection(node) && node.flow !== true && node.items.length > 0;
}

export function isFlow(node: Node): node is YAMLMap | YAMLSeq {
  return isCollection(node) && node.flow === true && node.items.length > 0;
}

/** Returns the end of the last line of a value in a block, with the comment behind it and the line break. */
export function lineEnd(text: string, value: Node): number {
  if (isBlock(value)) {
    const last = itemsOf(text, value).at(-1);
    if (last !== undefined) return lineEnd(text, last.value);
  }
  const end = Math.max(endOf(value), startOf(value));
  if (isScalar(value) && (value.type === Scalar.BLOCK_LITERAL || value.type === Scalar.BLOCK_FOLDED)) return end;
  return end + matchAt(/[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/y, text, end).length;
}

/** Returns what a sticky pattern finds at a place of a text. */
export function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
