/** The definition as text, and back. */

import { isMap, parseDocument, stringify, visit } from "yaml";
import { readDefinition } from "./read";
import { isRefusal, type Definition } from "./types";

export type Syntax = "json" | "yaml";

/** Why a text is no definition that can be drawn, and where. */
export interface TextProblem {
  readonly problem: string;
  /** Offset into the text, where it is known. */
  readonly at: number | null;
}

export function isTextProblem(value: unknown): value is TextProblem {
  return typeof value === "object" && value !== null && "problem" in value;
}

export function toText(definition: Definition, syntax: Syntax): string {
  return syntax === "json" ? `${JSON.stringify(definition, null, 2)}\n` : stringify(definition, { lineWidth: 120, aliasDuplicateObjects: false, version: "1.2" });
}

/** The definition that a text holds. The reading is YAML 1.2, of which JSON is a part for `json`, but that one is read strictly. */
export function fromText(text: string, syntax: Syntax): Definition | TextProblem {
  const raw = syntax === "json" ? readJson(text) : readYaml(text);
  if (isTextProblem(raw)) return raw;
  const definition = readDefinition(raw.value);
  return isRefusal(definition) ? { problem: definition.message, at: null } : definition;
}

function readJson(text: string): { value: unknown } | TextProblem {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    return { problem: message, at: position === undefined ? null : Number(position) };
  }
}

function readYaml(text: string): { value: unknown } | TextProblem {
  const document = parseDocument(text, { version: "1.2", schema: "core", uniqueKeys: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return { problem: error.message, at: error.pos[0] };
  try {
    return { value: document.toJS({ maxAliasCount: 1_000 }) };
  } catch (failure) {
    return { problem: failure instanceof Error ? failure.message : String(failure), at: null };
  }
}

/** Whether a YAML text has comments, which a change on the canvas would lose. */
export function hasComments(text: string): boolean {
  const document = parseDocument(text, { version: "1.2" });
  let found = document.commentBefore != null || document.comment != null;
  visit(document, {
    Node: (_key, node) => {
      found = found || node.comment != null || node.commentBefore != null;
    },
    Pair: (_key, pair) => {
      const key: unknown = pair.key;
      found = found || (isMap(key) && key.comment != null);
    },
  });
  return found;
}
