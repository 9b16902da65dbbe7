import type { Json } from "../api/types";
import { ExactNumber } from "../json/exactNumber";

/** One line of a JSON value shown as a tree. */
export interface JsonRow {
  /** The JSON pointer from the root; identifies the row. */
  readonly path: string;
  readonly depth: number;
  readonly name: string;
  readonly value: Json;
  /** How many values are inside; null if the value is neither an object nor a list. */
  readonly inside: number | null;
  readonly open: boolean;
}

/** Returns the lines of a tree in which only the given parts are open. It never walks into closed parts, so a large value costs only what is visible of it. */
export function jsonRows(root: Json, isOpen: (path: string, depth: number) => boolean): JsonRow[] {
  const rows: JsonRow[] = [];
  const walk = (name: string, value: Json, path: string, depth: number) => {
    const inside = sizeOf(value);
    const open = inside !== null && inside > 0 && isOpen(path, depth);
    rows.push({ path, depth, name, value, inside, open });
    if (!open) return;
    if (Array.isArray(value)) value.forEach((item, index) => walk(String(index), item, `${path}/${index}`, depth + 1));
    else for (const [key, item] of Object.entries(value as Record<string, Json>)) walk(key, item, `${path}/${escapePointer(key)}`, depth + 1);
  };
  if (Array.isArray(root)) root.forEach((item, index) => walk(String(index), item, `/${index}`, 0));
  else if (root !== null && typeof root === "object" && !(root instanceof ExactNumber)) for (const [key, item] of Object.entries(root)) walk(key, item, `/${escapePointer(key)}`, 0);
  else walk("", root, "", 0);
  return rows;
}

function sizeOf(value: Json): number | null {
  if (Array.isArray(value)) return value.length;
  return value !== null && typeof value === "object" && !(value instanceof ExactNumber) ? Object.keys(value).length : null;
}

/** RFC 6901. */
function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
