/** The definition as text, and back. */

import { parseDocument, stringify, visit, type ScalarTag, type Tags } from "yaml";
import { ExactNumber, numberFrom } from "../../json/exactNumber";
import { inOrder } from "./inOrder";
import { JsonProblem, lineAndColumn, parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { readDefinition } from "./read";
import { isRefusal, type Definition } from "./types";

export type Syntax = "json" | "yaml";

/** Why a text is not a definition that can be drawn, and where. */
export interface TextProblem {
  readonly problem: string;
  /** The offset into the text, if it is known. */
  readonly at: number | null;
}

export function isTextProblem(value: unknown): value is TextProblem {
  return typeof value === "object" && value !== null && "problem" in value;
}

export function toText(definition: Definition, syntax: Syntax): string {
  const ordered = inOrder(definition);
  return syntax === "json" ? `${writeJson(ordered, 2)}\n` : stringify(ordered, WRITING);
}

/** How YAML is written: texts of several lines stay readable in literal blocks, and no line is broken or joined to another. */
export const WRITING = {
  lineWidth: 0,
  blockQuote: "literal",
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  aliasDuplicateObjects: false,
  version: "1.2",
  customTags: withExactNumbers,
} as const;
const READING = { version: "1.2", schema: "core", uniqueKeys: true, prettyErrors: false, customTags: withExactNumbers } as const;

/** Returns the tree of a YAML text, with the place of every part. */
export function treeOf(text: string): ReturnType<typeof parseDocument> {
  return parseDocument(text, READING);
}

/** Reads a definition from text: YAML 1.2, or strict JSON. */
export function fromText(text: string, syntax: Syntax): Definition | TextProblem {
  const raw = readText(text, syntax);
  if (isTextProblem(raw)) return raw;
  const definition = readDefinition(raw.value);
  return isRefusal(definition) ? { problem: definition.message, at: null } : definition;
}

/** Returns the value of a text, or why it has none. A byte order mark before it means nothing. */
export function readText(text: string, syntax: Syntax): { readonly value: unknown } | TextProblem {
  const isMarked = text.startsWith("\ufeff");
  const read = syntax === "json" ? readJson(isMarked ? text.slice(1) : text) : readYaml(isMarked ? text.slice(1) : text);
  return isMarked && isTextProblem(read) && read.at !== null ? { ...read, at: read.at + 1 } : read;
}

function readJson(text: string): { value: unknown } | TextProblem {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return { problem: error.message, at: error.at };
  }
}

const TOO_DEEP = "It is nested too deep.";

function readYaml(text: string): { value: unknown } | TextProblem {
  try {
    const document = treeOf(text);
    const [error] = document.errors;
    if (error !== undefined) return { problem: error.code === "RESOURCE_EXHAUSTION" ? TOO_DEEP : error.message, at: error.pos[0] };
    const infinite = infiniteNumber(document);
    if (infinite !== null) return { problem: "A definition holds finite numbers only.", at: infinite };
    return { value: document.toJS({ maxAliasCount: 1_000 }) };
  } catch (failure) {
    return { problem: hostile(failure), at: null };
  }
}

/** Describes what the reader of YAML throws for texts that are made to exhaust it. */
function hostile(failure: unknown): string {
  if (failure instanceof RangeError) return TOO_DEEP;
  if (failure instanceof ReferenceError) return "Its aliases stand for more than a definition can hold, or for themselves.";
  return failure instanceof Error ? failure.message : String(failure);
}

/** Returns the problem with its line and column. */
export function placed(text: string, { problem, at }: TextProblem): string {
  if (at === null) return problem;
  const { line, column } = lineAndColumn(text, at);
  return `Line ${line}, column ${column}: ${problem}`;
}

/** Keeps numbers as they are written. A number that JSON does not have (0x10, 1_000) is read as YAML reads it. */
const EXACT_NUMBER: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => value instanceof ExactNumber,
  test: /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/,
  resolve: (text) => numberFrom(text) ?? text,
  stringify: (item) => String(item.value),
};

function withExactNumbers(tags: Tags): Tags {
  return [EXACT_NUMBER, ...tags];
}

/** Returns the place of a number that JSON cannot express (.inf, .nan); null if there is none. */
function infiniteNumber(document: ReturnType<typeof parseDocument>): number | null {
  let at: number | null = null;
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === "number" && !Number.isFinite(node.value)) at ??= node.range?.[0] ?? 0;
    },
  });
  return at;
}
