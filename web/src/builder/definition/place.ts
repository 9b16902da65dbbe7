/** Places in a definition: JSON pointers (`/nodes/0/parameters/url`) and JSON paths (`nodes[0].parameters.url`), as steps. */

import { fieldOf } from "../../json/fieldOf";
import { isList, isObject, without, type Json, type JsonObject } from "./types";

export type Step = string | number;
export type Place = readonly Step[];

/** Returns the steps of a pointer or a path; "" is the whole definition. */
export function readPlace(text: string): Place {
  return text.startsWith("/") ? readPointer(text) : readPath(text);
}

function readPointer(text: string): Place {
  return text
    .slice(1)
    .split("/")
    .map((step) => asStep(step.replaceAll("~1", "/").replaceAll("~0", "~")));
}

function readPath(text: string): Place {
  const steps: Step[] = [];
  for (const match of text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\['((?:[^'\\]|\\.)*)'\]|([^.[\]]+)/g)) {
    const [, index, double, single, plain] = match;
    steps.push(index !== undefined ? Number(index) : (double ?? single ?? asStep(plain ?? "")));
  }
  return steps;
}

function asStep(text: string): Step {
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : text;
}

/** Returns the same text for the same place, for use as a key. */
export function placeKey(place: Place): string {
  return place.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export function valueAt(value: Json | undefined, place: Place): Json | undefined {
  let current = value;
  for (const step of place) {
    if (isList(current)) current = typeof step === "number" ? current[step] : undefined;
    else if (isObject(current)) current = fieldOf(current, String(step));
    else return undefined;
  }
  return current;
}

/** Returns the value with another one at a place; `undefined` removes it. Missing objects on the way are made. */
export function withValueAt(value: Json | undefined, place: Place, next: Json | undefined): Json | undefined {
  const [step, ...rest] = place;
  if (step === undefined) return next;
  if (isList(value) && typeof step === "number") {
    const inner = withValueAt(value[step], rest, next);
    if (inner === undefined) return value.filter((_, position) => position !== step);
    return step < value.length ? value.map((item, position) => (position === step ? inner : item)) : [...value, inner];
  }
  const object: JsonObject = isObject(value) ? value : {};
  const key = String(step);
  const inner = withValueAt(fieldOf(object, key), rest, next);
  if (inner !== undefined) return { ...object, [key]: inner };
  return without(object, key);
}

/** Returns every value that a pointer with asterisks (`/cases/*\/port`) leads to, with its place. */
export function valuesAt(value: Json | undefined, pointer: string): readonly Json[] {
  let found: readonly Json[] = value === undefined ? [] : [value];
  if (pointer === "") return found;
  for (const step of readPlace(pointer)) {
    found = found.flatMap((item) => {
      if (step === "*") return isList(item) ? item : isObject(item) ? Object.values(item).filter((inner): inner is Json => inner !== undefined) : [];
      const inner = valueAt(item, [step]);
      return inner === undefined ? [] : [inner];
    });
  }
  return found;
}
