/** Reads answers of the API that hold values of workflows. */

import { ExactNumber } from "./exactNumber";
import type { Json } from "./json";
import { parseJson } from "./parseJson";

/** Parts of an answer whose shape a workflow decides: every number in them stays as it was written. */
const FREE: ReadonlySet<string> = new Set(["input", "input_data", "output", "output_data", "context", "details", "definition", "parameters"]);

/** Returns an answer. The numbers of the API itself (counts, versions, seconds) are plain numbers; those of workflows are exact. */
export function readAnswer(text: string): unknown {
  return withPlainNumbers(parseJson(text));
}

function withPlainNumbers(value: Json | undefined): unknown {
  if (value instanceof ExactNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, FREE.has(key) ? item : withPlainNumbers(item)]));
}
