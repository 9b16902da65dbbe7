/** The text of a definition as its author wrote it. */

import { jsonProblem } from "../../json/parseJson";
import type { Syntax } from "./text";

export interface Source {
  readonly text: string;
  readonly syntax: Syntax;
}

/** Returns the text that the server keeps beside a version; null if it keeps none. Whether it is JSON or YAML, the server's own rule says. */
export function sourceFrom(text: string | null | undefined): Source | null {
  if (text === null || text === undefined) return null;
  return { text, syntax: /^[\ufeff \t\r\n]*\{/.test(text) && jsonProblem(text.replace(/^\ufeff/, "")) === null ? "json" : "yaml" };
}
