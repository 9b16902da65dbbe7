/** Reads JSON as strictly as the server does: numbers stay exact, no key is given twice, and every problem has a place. */

import { numberFrom } from "./exactNumber";
import type { Json } from "./json";

export class JsonProblem extends Error {
  /** The offset into the text. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = "JsonProblem";
    this.at = at;
  }
}

const DEEPEST = 500;

/** Returns the value of a text; throws `JsonProblem`. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  return reader.all();
}

/** Returns line and column of an offset, from 1. */
export function lineAndColumn(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

/** Returns what is wrong with a text, and where; null if nothing is. */
export function jsonProblem(text: string): string | null {
  try {
    parseJson(text);
    return null;
  } catch (error) {
    return describeProblem(text, error);
  }
}

export function describeProblem(text: string, error: unknown): string {
  if (!(error instanceof JsonProblem)) return String(error);
  const { line, column } = lineAndColumn(text, error.at);
  return `Line ${line}, column ${column}: ${error.message}`;
}

const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  all(): Json {
    const value = this.value(0);
    this.blank();
    if (this.at < this.text.length) throw this.problem("Something follows the end of the value.");
    return value;
  }

  private value(depth: number): Json {
    this.blank();
    if (depth > DEEPEST) throw this.problem("It is nested too deep.");
    const sign = this.text[this.at];
    if (sign === "{") return this.object(depth);
    if (sign === "[") return this.list(depth);
    if (sign === '"') return this.string();
    const number = numberFrom(this.match(NUMBER) ?? "");
    if (number !== undefined) return number;
    const word = WORDS.find(([name]) => this.text.startsWith(name, this.at));
    if (word === undefined) throw this.problem(sign === undefined ? "The text ends here, where a value is expected." : "A value is expected here.");
    this.at += word[0].length;
    return word[1];
  }

  private object(depth: number): Json {
    const entries = new Map<string, Json>();
    this.items("}", "the next key", () => {
      const start = this.at;
      if (this.text[this.at] !== '"') throw this.problem("A key in double quotes is expected here.");
      const key = this.string();
      if (entries.has(key)) throw new JsonProblem(`The key ${JSON.stringify(key)} is given twice in one object.`, start);
      this.blank();
      if (this.text[this.at] !== ":") throw this.problem("A colon is expected here.");
      this.at += 1;
      entries.set(key, this.value(depth + 1));
    });
    return Object.fromEntries(entries);
  }

  private list(depth: number): Json {
    const items: Json[] = [];
    this.items("]", "the next item", () => items.push(this.value(depth + 1)));
    return items;
  }

  private items(end: string, next: string, read: () => void): void {
    this.at += 1;
    this.blank();
    if (this.text[this.at] === end) {
      this.at += 1;
      return;
    }
    for (;;) {
      this.blank();
      read();
      this.blank();
      const sign = this.text[this.at];
      if (sign !== "," && sign !== end) throw this.problem(`A comma and ${next}, or ${end}, is expected here.`);
      this.at += 1;
      if (sign === end) return;
    }
  }

  private string(): string {
    const found = this.match(STRING);
    if (found === undefined) throw this.problem("This text in quotes does not end, or holds an escape or a line break that JSON does not know.");
    return JSON.parse(found) as string;
  }

  private blank(): void {
    this.match(BLANK);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at = pattern.lastIndex;
    return found;
  }

  private problem(message: string): JsonProblem {
    return new JsonProblem(message, this.at);
  }
}
