/** Returns the node types that match a search, in their families. */

import { FAMILIES, familyOf } from "../../graph/nodeLooks";
import type { NodeType } from "../definition/nodeTypes";

export interface PaletteGroup {
  readonly key: string;
  readonly label: string;
  readonly types: readonly NodeType[];
}

export function paletteGroups(types: readonly NodeType[], search: string): readonly PaletteGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = types.filter((type) => {
    const text = `${type.title} ${type.type} ${type.subtype} ${type.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const order = [...FAMILIES.keys()];
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  const keys = [...new Set(found.map((type) => type.type))].sort((left, right) => rank(left) - rank(right) || left.localeCompare(right));
  return keys.map((key) => ({ key, label: familyOf(key).label, types: found.filter((type) => type.type === key) }));
}
