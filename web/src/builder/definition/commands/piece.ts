import { writeJson } from "../../../json/writeJson";
import { placedAt, type Point } from "../position";
import type { ConnectionDefinition, Definition, NodeDefinition, NodeId } from "../types";

/** A part of a workflow on the clipboard: it has the shape of a definition, with the positions of its nodes. */
export interface Piece {
  readonly nodes: readonly NodeDefinition[];
  readonly connections: readonly ConnectionDefinition[];
  /** The workflow that it was copied from; null if the text does not say. */
  readonly copiedFrom: string | null;
}

/** Returns these nodes and the connections between them. */
export function pieceOf(definition: Definition, ids: ReadonlySet<NodeId>, placeOf: (id: NodeId) => Point | undefined, copiedFrom: string): Piece {
  return {
    nodes: definition.nodes.flatMap((node) => {
      const shown = placeOf(node.id);
      return ids.has(node.id) ? [shown === undefined ? node : placedAt(node, shown)] : [];
    }),
    connections: between(definition.connections, ids),
    copiedFrom,
  };
}

export function between(connections: readonly ConnectionDefinition[], ids: ReadonlySet<NodeId>): readonly ConnectionDefinition[] {
  return connections.filter((item) => ids.has(item.from) && ids.has(item.to));
}

export function pieceToText({ nodes, connections, copiedFrom }: Piece): string {
  return writeJson({ interlock: "nodes", copied_from: copiedFrom, nodes, connections }, 2);
}
