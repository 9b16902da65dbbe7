import { placedAt, type Point } from "../position";
import { without, type Definition, type NodeDefinition, type NodeId } from "../types";

/** The definition with these nodes at other places; the same one where they stand there already. */
export function moveNodes(definition: Definition, places: Readonly<Record<NodeId, Point>>): Definition {
  const nodes = definition.nodes.map((node) => {
    const place = places[node.id];
    return place === undefined ? node : placedAt(node, place);
  });
  return nodes.some((node, index) => node !== definition.nodes[index]) ? { ...definition, nodes } : definition;
}

/** The definition with no places: the layout finds one for every node. */
export function releaseNodes(definition: Definition): Definition {
  if (definition.nodes.every((node) => node.position === undefined)) return definition;
  return { ...definition, nodes: definition.nodes.map((node) => without(node, "position") as NodeDefinition) };
}
