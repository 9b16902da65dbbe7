import { placedAt, type Point } from "../position";
import { without, type Definition, type NodeDefinition, type NodeId } from "../types";

/** Returns the definition with these nodes at other positions; the same object if they are there already. */
export function moveNodes(definition: Definition, places: ReadonlyMap<NodeId, Point>): Definition {
  const nodes = definition.nodes.map((node) => {
    const place = places.get(node.id);
    return place === undefined ? node : placedAt(node, place);
  });
  return nodes.some((node, index) => node !== definition.nodes[index]) ? { ...definition, nodes } : definition;
}

/** Returns the definition without positions: the layout finds one for every node. */
export function releaseNodes(definition: Definition): Definition {
  if (definition.nodes.every((node) => node.position === undefined)) return definition;
  return { ...definition, nodes: definition.nodes.map((node) => without(node, "position") as NodeDefinition) };
}
