/** Which item of a list became which. */

import { writeJson } from "../../../json/writeJson";
import { connectionKey, isObject, type ConnectionDefinition, type Json } from "../types";

/** Returns for each new item the position of the old one that it was, or null for a new one. */
export function align(before: readonly Json[], after: readonly Json[]): readonly (number | null)[] {
  const found = new Array<number | null>(after.length).fill(null);
  const free = new Set(before.keys());
  for (const identity of [writeJson, identityOf]) {
    const places = new Map<string, number[]>();
    for (const position of free) {
      const key = identity(before[position] ?? null);
      if (key !== null) places.set(key, [...(places.get(key) ?? []), position]);
    }
    for (const [position, item] of after.entries()) {
      const key = found[position] === null ? identity(item) : null;
      const place = key === null ? undefined : places.get(key)?.shift();
      if (place === undefined) continue;
      found[position] = place;
      free.delete(place);
    }
  }
  return inGaps(found, free);
}

/** Nodes are known by their id, connections by their ends. */
function identityOf(item: Json): string | null {
  if (!isObject(item)) return null;
  if (typeof item.id === "string") return item.id;
  return typeof item.from === "string" && typeof item.to === "string" ? connectionKey(item as unknown as ConnectionDefinition) : null;
}

/** What is left between the same neighbours is taken as changed in place, one by one. */
function inGaps(found: (number | null)[], free: ReadonlySet<number>): readonly (number | null)[] {
  let last = -1;
  return found.map((place) => {
    if (place === null && free.has(last + 1)) place = last + 1;
    if (place !== null) last = place;
    return place;
  });
}
