/** The text of a definition as its author wrote it. */

import { jsonProblem, parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
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

/** Returns the syntax in which people see a text first: YAML, unless somebody formatted JSON by hand. JSON in the form in which programs write it is for programs. */
export function shownSyntax(source: Source | null): Syntax {
  if (source === null || source.syntax === "yaml") return "yaml";
  try {
    return source.text.trimEnd() === writeJson(parseJson(source.text), 2) ? "yaml" : "json";
  } catch {
    return "json";
  }
}
