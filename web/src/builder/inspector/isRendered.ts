import { fieldOf } from "../../json/fieldOf";
import type { Place } from "../definition/place";
import { isObject, type JsonObject } from "../definition/types";

/** Whether `{{ }}` in the text of a field is rendered: in parameters, unless their schema says otherwise, and in locks. */
export function isRendered(root: JsonObject, place: Place): boolean {
  const [part, name] = place;
  if (part === "lock") return place.length === 1;
  if (part !== "parameters") return false;
  const properties = isObject(root.properties) ? root.properties : {};
  const schema = typeof name === "string" ? fieldOf(properties, name) : undefined;
  return !isObject(schema) || schema["x-interlock-template"] !== false;
}
