/** What can be written at the cursor of an expression: fields of the data, functions, methods. */

import { fieldOf } from "../../json/fieldOf";
import { isList, isObject, type Json } from "../definition/types";
import { ExactNumber } from "../../json/exactNumber";
import { openAt } from "./openAt";
import type { Use } from "./insertion";
import { isBareName, outputPath, quoted, stepsText, type Step } from "./paths";

/** A function, a method or an operator, as the API lists it. */
export interface Part {
  readonly kind: "operator" | "function" | "text" | "list" | "object";
  readonly name: string;
  readonly signature: string;
  readonly summary: string;
  readonly example: string;
  readonly result: string;
  readonly cost: string;
}

/** What is known of the data that the expression will see. */
export interface Known {
  readonly input: Json | undefined;
  /** The outputs of nodes; undefined where it is not known. */
  readonly nodes: ReadonlyMap<string, Json | undefined>;
  readonly context: Json | undefined;
  readonly execution: Json | undefined;
  readonly subject: Json | undefined;
}

export interface Option {
  /** What is shown. */
  readonly label: string;
  /** What is written. */
  readonly insert: string;
  /** How far the cursor is before the end of it afterwards. */
  readonly back: number;
  /** What stands beside it: a value, a type, a signature. */
  readonly detail: string;
  readonly part: Part | null;
}

export interface Completion {
  /** The part of the text that an option takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Option[];
}

const MOST = 60;
const PATH = String.raw`[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+)\s*\])*`;
const MEMBER = new RegExp(String.raw`(${PATH})\.(\w*)$`);
const KEY = new RegExp(String.raw`(${PATH})\[\s*(["']?)((?:[^"'\\\]]|\\.)*)$`);
const NAME = /(?:^|[^\w.\])"'])([A-Za-z_]\w*)$/;
const TEXT_MEMBER = /["']\.(\w*)$/;
const STEP = /\.([A-Za-z_]\w*)|\[\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+)\s*\]/gy;
const WORDS: readonly string[] = ["and", "or", "not", "in", "if", "else", "for", "is", "true", "false", "null"];

/** Returns the options at a position of a text; null if nothing can be proposed there. `isAsked`: also where nothing has been typed yet. */
export function completionAt(text: string, position: number, use: Use, known: Known, parts: readonly Part[], isAsked = false): Completion | null {
  const start = use === "expression" ? 0 : openAt(text, position);
  if (start === null) return null;
  const before = text.slice(start, position);
  const isInText = openQuote(before);
  const key = KEY.exec(before);
  if (key !== null && isInText === (key[2] !== "")) return keys(key, before, position, text, known);
  if (isInText) return null;
  const member = MEMBER.exec(before);
  if (member !== null) return members(valueOf(member[1] ?? "", before, known), member[2] ?? "", position, parts);
  const ofText = TEXT_MEMBER.exec(before);
  if (ofText !== null) return members("", ofText[1] ?? "", position, parts);
  const typed = NAME.exec(before)?.[1] ?? "";
  if (typed === "" && !(isAsked && /(?:^|[^\w.\])"'])\s*$/.test(before))) return null;
  return found(position - typed.length, position, matching(typed, [...names(known), ...functions(parts), ...(typed === "" ? [] : WORDS.map(word))]));
}

function found(from: number, to: number, options: readonly Option[]): Completion | null {
  return options.length === 0 ? null : { from, to, options: options.slice(0, MOST) };
}

/** Whether a text ends within quotes. */
function openQuote(text: string): boolean {
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quote === "") quote = sign === '"' || sign === "'" ? sign : "";
    else if (sign === "\\") at += 1;
    else if (sign === quote) quote = "";
  }
  return quote !== "";
}

/** Options that begin with what was typed come first, then those that contain it. One that is typed already is no option. */
function matching(typed: string, options: readonly Option[]): readonly Option[] {
  const wanted = typed.toLowerCase();
  const begins = options.filter((option) => option.label.toLowerCase().startsWith(wanted));
  const contains = wanted === "" ? [] : options.filter((option) => !begins.includes(option) && option.label.toLowerCase().includes(wanted));
  return [...begins, ...contains].filter((option) => option.insert !== typed);
}

function members(value: Json | undefined | Nodes, typed: string, position: number, parts: readonly Part[]): Completion | null {
  if (value === undefined) return null;
  // A key that is no name takes the place of the dot, too.
  const dot = position - typed.length - 1;
  const fields = entriesOf(value).map(([key, item]) => field(stepsText([key]), key, item));
  const methods = value instanceof Map ? [] : parts.filter((part) => part.kind === kindOf(value as Json)).map((part) => called(`.${part.name}`, part));
  return found(dot, position, matching(typed, [...fields, ...methods]));
}

/** The keys of `path[`. */
function keys(match: RegExpExecArray, before: string, position: number, text: string, known: Known): Completion | null {
  const value = valueOf(match[1] ?? "", before, known);
  if (value === undefined || isList(value)) return null;
  const typed = match[3] ?? "";
  const from = position - typed.length - (match[2] ?? "").length;
  const closing = new RegExp(String.raw`^${match[2] ?? ""}\]`).exec(text.slice(position))?.[0] ?? "";
  const options = entriesOf(value).map(([key, item]) => field(`${quoted(key)}]`, key, item));
  return found(from, position + closing.length, matching(typed, options));
}

function field(insert: string, label: string, value: Json | undefined): Option {
  return { label, insert, back: 0, detail: preview(value), part: null };
}

function called(name: string, part: Part): Option {
  const takesNothing = part.signature.endsWith("()");
  return { label: name.replace(/^\./, ""), insert: `${name}()`, back: takesNothing ? 0 : 1, detail: part.signature, part };
}

const functions = (parts: readonly Part[]): readonly Option[] => parts.filter((part) => part.kind === "function").map((part) => called(part.name, part));
const word = (text: string): Option => ({ label: text, insert: text, back: 0, detail: "", part: null });

function names(known: Known): readonly Option[] {
  const input = isObject(known.input) ? Object.entries(known.input) : [];
  const nodes = [...known.nodes].map(([id, output]) => field(outputPath(id, []), outputPath(id, []), output));
  return [
    ...input.map(([key, value]) => field(isBareName(key) ? key : `input${stepsText([key])}`, key, value)),
    ...nodes,
    field("input", "input", known.input),
    field("nodes", "nodes", undefined),
    field("context", "context", known.context),
    field("execution", "execution", known.execution),
    field("subject", "subject", known.subject),
  ];
}

/** The nodes by their ids, each with its output: what `nodes` means. */
type Nodes = ReadonlyMap<string, { readonly output: Json | undefined }>;

function entriesOf(value: Json | undefined | Nodes): readonly (readonly [string, Json | undefined])[] {
  if (value instanceof Map) return [...(value as Nodes)].map(([id, { output }]) => [id, output] as const);
  return isObject(value) ? Object.entries(value) : [];
}

/** Returns the value that a path names, as far as it is known. A name that a comprehension binds stands for the first element. */
function valueOf(path: string, before: string, known: Known, depth = 0): Json | undefined | Nodes {
  const name = /^\w+/.exec(path)?.[0] ?? "";
  const steps = stepsOf(path.slice(name.length));
  if (name === "nodes") {
    const [id, output, ...rest] = steps;
    if (id === undefined) return new Map([...known.nodes].map(([node, value]) => [node, { output: value }]));
    if (!known.nodes.has(String(id))) return undefined;
    if (output === undefined) return { output: known.nodes.get(String(id)) ?? null };
    return output === "output" ? within(known.nodes.get(String(id)), rest) : undefined;
  }
  const bound = depth > 5 ? null : new RegExp(String.raw`for\s+${name}\s+in\s+(${PATH})`).exec(before);
  if (bound !== null) {
    const elements = valueOf(bound[1] ?? "", before.slice(0, bound.index), known, depth + 1);
    return isList(elements) ? within(elements[0], steps) : undefined;
  }
  return within(rootOf(name, known), steps);
}

function rootOf(name: string, known: Known): Json | undefined {
  switch (name) {
    case "input":
      return known.input;
    case "context":
      return known.context;
    case "execution":
      return known.execution;
    case "subject":
      return known.subject;
    default:
      return within(known.input, [name]);
  }
}

function stepsOf(text: string): readonly Step[] {
  return [...text.matchAll(STEP)].map(([, name, key]) => (name !== undefined ? name : /^-?\d+$/.test(key ?? "") ? Number(key) : unquoted(key ?? "")));
}

function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  return inner.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/g, (_, long: string | undefined, short: string | undefined, sign: string | undefined) => {
    if (sign === undefined) return String.fromCharCode(parseInt(long ?? short ?? "0", 16));
    return new Map([["n", "\n"], ["t", "\t"], ["r", "\r"], ["b", "\b"], ["f", "\f"]]).get(sign) ?? sign;
  });
}

/** Returns the value at steps inside a value. Only own keys count: `constructor` is a key like any other. */
export function within(value: Json | undefined, steps: readonly Step[]): Json | undefined {
  let current = value;
  for (const step of steps) {
    if (typeof step === "number" && isList(current)) current = current.at(step);
    else if (typeof step === "string" && isObject(current) && Object.hasOwn(current, step)) current = fieldOf(current, step);
    else return undefined;
  }
  return current;
}

export type Kind = "text" | "number" | "boolean" | "null" | "list" | "object";

export function kindOf(value: Json): Kind {
  if (value === null) return "null";
  if (isList(value)) return "list";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "number" || value instanceof ExactNumber ? "number" : "object";
}

/** Returns a value in a few characters. */
export function preview(value: Json | undefined): string {
  if (value === undefined) return "";
  if (isList(value)) return value.length === 1 ? "1 element" : `${value.length} elements`;
  if (isObject(value)) {
    const count = Object.keys(value).length;
    return count === 1 ? "1 key" : `${count} keys`;
  }
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return String(value);
}
