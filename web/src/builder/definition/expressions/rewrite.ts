/** Changes which nodes an expression or a template names. Everything else in it keeps its characters. */

import { bracedIn, withoutBraces } from "./braces";
import { isAttribute, referencesOf, type Reference } from "./parse";

/** Returns the id that stands in place of one; the same if it stays. */
export type Renaming = (id: string) => string;

/** Returns a whole expression that names other nodes; the same text if it names none of them, or cannot be read. */
export function rewriteExpression(text: string, renaming: Renaming): string {
  const plain = withoutBraces(text);
  return plain === null ? text : rewritten(text, referencesOf(plain)?.found ?? [], 0, renaming);
}

/** Does the same for the expressions in the braces of a template. */
export function rewriteTemplate(text: string, renaming: Renaming): string {
  return (bracedIn(text) ?? []).toReversed().reduce((made, { text: inner, start }) => rewritten(made, referencesOf(inner)?.found ?? [], start, renaming), text);
}

/** Returns the ids that a text names, each once. */
export function namedIn(text: string, isTemplate: boolean): readonly string[] {
  const plain = isTemplate ? null : withoutBraces(text);
  const sources = isTemplate ? (bracedIn(text) ?? []).map((part) => part.text) : plain === null ? [] : [plain];
  return [...new Set(sources.flatMap((source) => referencesOf(source)?.found ?? []).map((reference) => reference.id))];
}

function rewritten(text: string, found: readonly Reference[], offset: number, renaming: Renaming): string {
  return found.toReversed().reduce((made, reference) => {
    const after = renaming(reference.id);
    if (after === reference.id) return made;
    const { start, end, insert } = edit(reference, after);
    return made.slice(0, start + offset) + insert + made.slice(end + offset);
  }, text);
}

function edit({ start, end, key }: Reference, after: string): { readonly start: number; readonly end: number; readonly insert: string } {
  if (key.quote !== null) return { start: key.start, end: key.end, insert: quoted(after, key.quote) };
  if (isAttribute(after)) return { start: key.start, end: key.end, insert: after };
  return { start, end, insert: `[${quoted(after, "'")}]` };
}

function quoted(id: string, quote: "'" | '"'): string {
  return quote + id.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`) + quote;
}
