/** Returns the node types that match a search, in their families; those whose title matches first. */

import { FAMILIES, familyOf } from "../../graph/nodeLooks";
import type { NodeType } from "../definition/nodeTypes";

export interface PaletteGroup {
  readonly key: string;
  readonly label: string;
  readonly types: readonly NodeType[];
}

/** Returns all types in their families; while something is searched, one list with the best match first. */
export function paletteGroups(types: readonly NodeType[], search: string): readonly PaletteGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length > 0) return matches(types, words);
  const order = [...FAMILIES.keys()];
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  const keys = [...new Set(types.map((type) => type.type))].sort((left, right) => rank(left) - rank(right) || left.localeCompare(right));
  return keys.map((key) => ({ key, label: familyOf(key).label, types: types.filter((type) => type.type === key) }));
}

function matches(types: readonly NodeType[], words: readonly string[]): readonly PaletteGroup[] {
  const found = types
    .map((type) => ({ type, distance: Math.max(...words.map((word) => distanceOf(type, word))) }))
    .filter(({ distance }) => distance < NO_MATCH)
    .sort((one, other) => one.distance - other.distance);
  return found.length === 0 ? [] : [{ key: "found", label: "Found", types: found.map(({ type }) => type) }];
}

const NO_MATCH = 6;

/** How far a word is from a type: 0 if its title begins with it, then a word of the title, its middle, its name, its family, its description. */
function distanceOf(type: NodeType, word: string): number {
  const title = type.title.toLowerCase();
  if (title.startsWith(word)) return 0;
  if (title.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) return 1;
  if (title.includes(word)) return 2;
  if (type.subtype.toLowerCase().includes(word)) return 3;
  if (familyOf(type.type).label.toLowerCase().includes(word)) return 4;
  return type.description.toLowerCase().includes(word) ? 5 : NO_MATCH;
}
