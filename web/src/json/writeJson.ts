/** Writes JSON with every number as it was read, in every browser. */

import { ExactNumber } from "./exactNumber";

/** Returns the text of a value: on one line, or with an indent as `JSON.stringify` writes it. */
export function writeJson(value: unknown, indent = 0): string {
  return write(value, " ".repeat(indent), "");
}

function write(value: unknown, step: string, before: string): string {
  if (value instanceof ExactNumber) return value.text;
  if (value === undefined) return "null";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const within = before + step;
  if (Array.isArray(value)) return enclose("[", value.map((item) => write(item, step, within)), "]", step, before);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const colon = step === "" ? ":" : ": ";
  return enclose("{", entries.map(([key, item]) => JSON.stringify(key) + colon + write(item, step, within)), "}", step, before);
}

function enclose(begin: string, items: readonly string[], end: string, step: string, before: string): string {
  if (items.length === 0) return begin + end;
  if (step === "") return begin + items.join(",") + end;
  const line = `\n${before}${step}`;
  return `${begin}${line}${items.join(`,${line}`)}\n${before}${end}`;
}
