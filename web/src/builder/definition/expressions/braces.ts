/** Finds `{{ … }}` in a text, as `definition/expressions/braces.py` does. */

/** The expression between `{{` and `}}`; `start` is its position in the text. */
export interface Braced {
  readonly text: string;
  readonly start: number;
}

/** Returns the expressions of a text in order; null if a `{{` is not closed. A `}}` inside quotes or brackets of an expression does not end it. */
export function bracedIn(text: string): readonly Braced[] | null {
  const found: Braced[] = [];
  for (let at = text.indexOf("{{"); at >= 0; ) {
    const end = endOf(text, at + 2);
    if (end < 0) return null;
    found.push({ text: text.slice(at + 2, end), start: at + 2 });
    at = text.indexOf("{{", end + 2);
  }
  return found;
}

/** Returns a condition with ` (x) ` for each `{{x}}`, so that every character keeps its place; null if that cannot be done. */
export function withoutBraces(text: string): string | null {
  if (!text.includes("{{")) return text;
  const found = bracedIn(text);
  if (found === null) return null;
  let made = "";
  let quote = "";
  for (const { text: inner, start } of found) {
    const plain = text.slice(made.length, start - 2);
    quote = openQuote(plain, quote);
    if (quote !== "") return null;
    made += `${plain} (${inner}) `;
  }
  return made + text.slice(made.length);
}

function openQuote(text: string, before: string): string {
  let quote = before;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quote === "") quote = sign === "'" || sign === '"' ? sign : "";
    else if (sign === "\\") at += 1;
    else if (sign === quote) quote = "";
  }
  return quote;
}

function endOf(text: string, start: number): number {
  let depth = 0;
  let quote = "";
  for (let at = start; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quote !== "") {
      if (sign === "\\") at += 1;
      else if (sign === quote) quote = "";
    } else if (sign === "'" || sign === '"') quote = sign;
    else if ("([{".includes(sign)) depth += 1;
    else if (sign === "}" && depth === 0) return text.startsWith("}}", at) ? at : -1;
    else if (")]}".includes(sign)) depth -= 1;
  }
  return -1;
}
