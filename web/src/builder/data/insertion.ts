/** Puts a path into an expression or a template, where the cursor is. */

import { openAt } from "./openAt";

export type Use = "expression" | "template";

export interface Inserted {
  readonly text: string;
  /** Where the cursor is afterwards. */
  readonly cursor: number;
}

/** Returns the text with a path in place of the selection: in `{{ }}` where a template is outside of an expression. */
export function insertPath(text: string, start: number, end: number, path: string, use: Use): Inserted {
  const before = text.slice(0, start);
  const after = text.slice(end);
  const isInside = use === "expression" || openAt(text, start) !== null;
  const written = isInside ? spaced(before, path, after, use) : `{{ ${path} }}`;
  return { text: before + written + after, cursor: start + written.length };
}

/** Keeps the path apart from names and values beside it. */
function spaced(before: string, path: string, after: string, use: Use): string {
  const isOpened = use === "template" && before.endsWith("{{");
  const isClosed = use === "template" && after.startsWith("}}");
  return (isOpened || /[\w"'\])}]$/.test(before) ? " " : "") + path + (isClosed || /^[\w"'{]/.test(after) ? " " : "");
}
