/** How a value becomes an expression, and an expression a value. */

import { parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { bracedIn } from "../definition/expressions/braces";
import { isObject, type Json } from "../definition/types";

/** Returns the expression of a text that is nothing but `{{ expression }}`; null for any other value. */
export function loneExpression(value: Json | undefined): string | null {
  if (typeof value !== "string" || !value.startsWith("{{")) return null;
  const found = bracedIn(value);
  const [only] = found ?? [];
  return found?.length === 1 && only !== undefined && only.text.length === value.length - 4 ? only.text.trim() : null;
}

/** Returns an expression that has this value: `{{ 5 }}`; undefined for nothing. */
export function asExpression(value: Json | undefined): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : `{{ ${writeJson(value)} }}`;
}

/** Returns the value that an expression is, where it is a literal; else undefined. */
export function asValue(value: Json | undefined): Json | undefined {
  const inner = loneExpression(value);
  if (inner === null) return typeof value === "string" && value.includes("{{") ? undefined : value;
  try {
    const found = parseJson(inner);
    return found !== null && typeof found === "object" && (Array.isArray(found) || isObject(found)) ? undefined : found;
  } catch {
    return undefined;
  }
}
