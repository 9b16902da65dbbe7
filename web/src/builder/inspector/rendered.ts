/** Where templates are rendered, and how a value becomes an expression and back. */

import { parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { bracedIn } from "../definition/expressions/braces";
import type { Place } from "../definition/place";
import { isObject, type Json, type JsonObject } from "../definition/types";

/** Whether `{{ }}` in the text of a field is rendered: in parameters, unless their schema says otherwise, and in locks. */
export function isRendered(root: JsonObject, place: Place): boolean {
  const [part, name] = place;
  if (part === "lock") return place.length === 1;
  if (part !== "parameters") return false;
  const properties = isObject(root.properties) ? root.properties : {};
  const schema = typeof name === "string" && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return !isObject(schema) || schema["x-interlock-template"] !== false;
}

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
