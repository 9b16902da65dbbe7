/** The tokens of an expression: a part of Python, as `definition/expressions/syntax.py` reads it. */

export interface Token {
  readonly kind: "name" | "text" | "number" | "sign" | "end";
  /** As written; of a name in the form that Python compares (NFKC). */
  readonly text: string;
  /** What a text says. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** The expression cannot be read, or only Python can (`\N{…}`). */
export class Unreadable extends Error {}

const SPACE = /(?:[ \t\f\n\r]|\\\r?\n|#[^\n\r]*)+/y;
const NAME = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
const NUMBER = /(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?|\d(?:_?\d)*\.?(?:[eE][+-]?\d(?:_?\d)*)?)/uy;
const QUOTE = /([rRuU]?)("""|'''|"|')/y;
const SIGN = /\*\*|\/\/|[<>=!]=|[-+*/%<>=()[\]{},:.]/y;
const LEADING_ZEROS = /^0[\d_]*[1-9]/;

/** Returns the tokens of a text, the last of the kind `end`. Throws `Unreadable`. */
export function tokensOf(source: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const add = (kind: Token["kind"], end: number, text: string, value = ""): void => {
    found.push({ kind, text, value, start: at, end });
    at = end;
  };
  for (;;) {
    at += match(SPACE)?.[0].length ?? 0;
    if (at >= source.length) break;
    const quote = match(QUOTE);
    if (quote !== null) {
      const { value, end } = readText(source, at + quote[0].length, quote[2] ?? "", (quote[1] ?? "").toLowerCase() === "r");
      add("text", end, source.slice(at, end), value);
      continue;
    }
    const number = match(NUMBER)?.[0];
    if (number !== undefined) {
      if (/\p{XID_Continue}/u.test(source[at + number.length] ?? "")) throw new Unreadable("a number with letters behind it");
      if (LEADING_ZEROS.test(number) && /^[\d_]+$/.test(number)) throw new Unreadable("a number with leading zeros");
      add("number", at + number.length, number);
      continue;
    }
    const name = match(NAME)?.[0];
    if (name !== undefined) {
      if (/["']/.test(source[at + name.length] ?? "")) throw new Unreadable("a text with a prefix that expressions do not have");
      add("name", at + name.length, name.normalize("NFKC"));
      continue;
    }
    const sign = match(SIGN)?.[0];
    if (sign === undefined) throw new Unreadable("a character that expressions do not have");
    add("sign", at + sign.length, sign);
  }
  found.push({ kind: "end", text: "", value: "", start: at, end: at });
  return found;
}

function readText(source: string, start: number, quote: string, isRaw: boolean): { value: string; end: number } {
  let value = "";
  for (let at = start; at < source.length; ) {
    if (source.startsWith(quote, at)) return { value, end: at + quote.length };
    const sign = source.charAt(at);
    if (quote.length === 1 && (sign === "\n" || sign === "\r")) break;
    if (sign !== "\\") {
      value += sign;
      at += 1;
      continue;
    }
    if (at + 1 >= source.length) break;
    const escape = isRaw ? { value: source.slice(at, at + 2), end: at + 2 } : readEscape(source, at + 1);
    value += escape.value;
    at = escape.end;
  }
  throw new Unreadable("a text that does not end");
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\u0007"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\n", ""],
]);
const OCTAL = /[0-7]{1,3}/y;
const CODE_POINT = /x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})/y;

function readEscape(source: string, at: number): { value: string; end: number } {
  const sign = source.charAt(at);
  const plain = ESCAPES.get(sign);
  if (plain !== undefined) return { value: plain, end: at + 1 };
  if (source.startsWith("\r\n", at)) return { value: "", end: at + 2 };
  OCTAL.lastIndex = CODE_POINT.lastIndex = at;
  const octal = OCTAL.exec(source)?.[0];
  if (octal !== undefined) return { value: String.fromCodePoint(Number.parseInt(octal, 8)), end: at + octal.length };
  if (!/[xuUN]/.test(sign)) return { value: `\\${sign}`, end: at + 1 };
  const found = CODE_POINT.exec(source);
  const code = Number.parseInt(found?.[1] ?? found?.[2] ?? found?.[3] ?? "", 16);
  if (found === null || !(code <= 0x10ffff)) throw new Unreadable("an escape that cannot be read here");
  return { value: String.fromCodePoint(code), end: at + found[0].length };
}
