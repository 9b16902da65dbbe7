import { parseJson } from "../../../json/parseJson";
import { freshId } from "../ids";
import { placedAt, positionOf, type Point } from "../position";
import { isRefusal, refuse, type ConnectionDefinition, type Definition, type NodeDefinition, type NodeId, type Refusal } from "../types";
import { readDefinition } from "../read";

/** A part of a workflow on the clipboard: it has the shape of a definition, with the positions of its nodes. */
export interface Piece {
  readonly nodes: readonly NodeDefinition[];
  readonly connections: readonly ConnectionDefinition[];
}

/** Returns these nodes and the connections between them. */
export function pieceOf(definition: Definition, ids: ReadonlySet<NodeId>, positions: Readonly<Record<NodeId, Point>>): Piece {
  return {
    nodes: definition.nodes.flatMap((node) => {
      const shown = positions[node.id];
      return ids.has(node.id) ? [shown === undefined ? node : placedAt(node, shown)] : [];
    }),
    connections: definition.connections.filter((item) => ids.has(item.from) && ids.has(item.to)),
  };
}

export function pieceToText(piece: Piece): string {
  return JSON.stringify({ interlock: "nodes", ...piece }, null, 2);
}

/** Reads a part from text: one that was copied here, or any definition in JSON. */
export function pieceFromText(text: string): Piece | Refusal {
  let raw: unknown;
  try {
    raw = parseJson(text);
  } catch {
    return refuse("not-json", "The clipboard does not contain a part of a workflow.");
  }
  const definition = readDefinition(typeof raw === "object" && raw !== null ? { name: "pasted", ...raw } : raw);
  if (isRefusal(definition)) return definition;
  if (definition.nodes.length === 0) return refuse("nothing", "The clipboard contains no nodes.");
  const ids = new Set(definition.nodes.map((node) => node.id));
  return { nodes: definition.nodes, connections: definition.connections.filter((item) => ids.has(item.from) && ids.has(item.to)) };
}

export interface Pasted {
  readonly definition: Definition;
  readonly ids: readonly NodeId[];
}

/** Returns the definition with a part added. Its nodes get free ids, and positions this far from where they were copied. */
export function paste(definition: Definition, piece: Piece, shift: Point): Pasted {
  const renamed = new Map<NodeId, NodeId>();
  let nodes = definition.nodes;
  for (const node of piece.nodes) {
    const id = freshId({ nodes }, node.id);
    renamed.set(node.id, id);
    const point = positionOf(node);
    const renewed = { ...node, id };
    nodes = [...nodes, point === undefined ? renewed : placedAt(renewed, { x: point.x + shift.x, y: point.y + shift.y })];
  }
  const connections = piece.connections.map((item) => ({ ...item, from: renamed.get(item.from) ?? item.from, to: renamed.get(item.to) ?? item.to }));
  return { definition: { ...definition, nodes, connections: [...definition.connections, ...connections] }, ids: [...renamed.values()] };
}
