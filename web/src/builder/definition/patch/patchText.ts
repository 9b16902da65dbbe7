/** Changes the text of a definition where the definition changed. All other parts keep their characters: comments, blanks, quotes, the order of keys. */

import { isAlias, visit } from "yaml";
import { writeJson } from "../../../json/writeJson";
import { inOrder } from "../inOrder";
import { readDefinition } from "../read";
import { sameJson } from "../sameJson";
import type { Source } from "../source";
import { isTextProblem, readText, toText, treeOf, type Syntax } from "../text";
import { isList, isObject, isRefusal, without, type Definition, type Json, type JsonObject } from "../types";
import { Unpatchable } from "./parts";
import { Patcher } from "./patcher";

/** Returns the text of a definition: what its author wrote, changed where the definition changed; in another syntax, or without one, a new text. */
export function textFor(source: Source | null, definition: Definition, syntax: Syntax): string {
  return source?.syntax === syntax ? patchText(source, definition) : toText(definition, syntax);
}

/** Returns the text with what has to change so that it says `definition`; the same text if it says so already. */
export function patchText(source: Source, definition: Definition): string {
  const raw = readText(source.text, source.syntax);
  if (isTextProblem(raw) || !isObject(raw.value)) return toText(definition, source.syntax);
  if (says(raw.value, definition)) return source.text;
  for (const text of [source.text, withoutAliases(source.text)]) {
    const made = attempt({ ...source, text }, raw.value, definition);
    if (made !== null) return made;
  }
  return toText(definition, source.syntax);
}

function says(raw: unknown, definition: Definition): boolean {
  const read = readDefinition(raw);
  return !isRefusal(read) && sameJson(read, definition);
}

/** Returns the changed text, if it can be made and says what it should. */
function attempt(source: Source, raw: JsonObject, definition: Definition): string | null {
  try {
    const made = new Patcher(source, treeOf(source.text)).patched(raw, goalOf(raw, definition));
    const read = readText(made, source.syntax);
    return !isTextProblem(read) && says(read.value, definition) ? made : null;
  } catch (error) {
    if (error instanceof Unpatchable) return null;
    throw error;
  }
}

/** Returns the definition with those nodes and connections as they are written that say the same in another spelling. */
function goalOf(raw: JsonObject, definition: Definition): JsonObject {
  const goal = inOrder(definition);
  const written = new Map((isList(raw.nodes) ? raw.nodes : []).map((node) => [isObject(node) && typeof node.id === "string" ? node.id : null, node]));
  const nodes = definition.nodes.map((node, position) => {
    const before = written.get(node.id);
    return before !== undefined && nodesSay([before], [node]) ? before : ((goal.nodes as readonly Json[])[position] ?? null);
  });
  const before = readDefinition({ name: "", nodes: [], connections: raw.connections ?? [] });
  const isSame = !isRefusal(before) && sameJson(before.connections, definition.connections);
  const connections = !isSame ? goal.connections : raw.connections;
  return { ...without(goal, "connections"), nodes, ...(connections === undefined ? {} : { connections }) };
}

function nodesSay(raw: readonly Json[], nodes: readonly Json[]): boolean {
  const read = readDefinition({ name: "", nodes: raw });
  return !isRefusal(read) && sameJson(read.nodes, nodes);
}

/** Returns a YAML text with every alias written out, so that a change of a part does not change where else it is used. */
function withoutAliases(text: string): string {
  const tree = treeOf(text);
  const found: { readonly start: number; readonly end: number; readonly value: string }[] = [];
  visit(tree, {
    Alias: (_key, alias) => {
      const [start, end] = alias.range ?? [0, 0];
      const value: unknown = alias.resolve(tree)?.toJS(tree, { maxAliasCount: 1_000 });
      if (isAlias(alias)) found.push({ start, end, value: writeJson(value) });
    },
  });
  return found.toReversed().reduce((made, { start, end, value }) => made.slice(0, start) + value + made.slice(end), text);
}
