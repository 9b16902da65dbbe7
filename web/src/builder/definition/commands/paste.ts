import { parseJson } from "../json";
import { freshId } from "../ids";
import { isRefusal, refuse, type ConnectionDefinition, type Definition, type NodeDefinition, type NodeId, type Refusal } from "../types";
import { readDefinition } from "../read";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A piece of a workflow, as it lies on the clipboard: the same shape as a definition, with where its nodes stood. */
export interface Piece {
  readonly nodes: readonly NodeDefinition[];
  readonly connections: readonly ConnectionDefinition[];
  readonly positions: Readonly<Record<NodeId, Point>>;
}

/** These nodes and what connects them among themselves. */
export function pieceOf(definition: Definition, ids: ReadonlySet<NodeId>, positions: Readonly<Record<NodeId, Point>>): Piece {
  return {
    nodes: definition.nodes.filter((node) => ids.has(node.id)),
    connections: definition.connections.filter((item) => ids.has(item.from) && ids.has(item.to)),
    positions: Object.fromEntries([...ids].flatMap((id) => (positions[id] === undefined ? [] : [[id, positions[id]]]))),
  };
}

export function pieceToText(piece: Piece): string {
  return JSON.stringify({ interlock: "nodes", ...piece }, null, 2);
}

/** A piece from text: one that was copied here, or any definition in JSON. */
export function pieceFromText(text: string): Piece | Refusal {
  let raw: unknown;
  try {
    raw = parseJson(text);
  } catch {
    return refuse("not-json", "What is on the clipboard is no part of a workflow.");
  }
  const definition = readDefinition(typeof raw === "object" && raw !== null ? { name: "pasted", ...raw } : raw);
  if (isRefusal(definition)) return definition;
  if (definition.nodes.length === 0) return refuse("nothing", "What is on the clipboard has no nodes.");
  const ids = new Set(definition.nodes.map((node) => node.id));
  const positions = typeof raw === "object" && raw !== null && "positions" in raw ? readPositions(raw.positions) : {};
  return { nodes: definition.nodes, connections: definition.connections.filter((item) => ids.has(item.from) && ids.has(item.to)), positions };
}

function readPositions(raw: unknown): Record<NodeId, Point> {
  if (typeof raw !== "object" || raw === null) return {};
  return Object.fromEntries(
    Object.entries(raw).flatMap(([id, point]: [string, unknown]) =>
      typeof point === "object" && point !== null && "x" in point && "y" in point && typeof point.x === "number" && typeof point.y === "number"
        ? [[id, { x: point.x, y: point.y }]]
        : [],
    ),
  );
}

export interface Pasted {
  readonly definition: Definition;
  readonly ids: readonly NodeId[];
  /** Where each new node goes, relative to where it was copied from. */
  readonly positions: Readonly<Record<NodeId, Point>>;
}

/** The definition with a piece put in, its nodes under ids that are free. */
export function paste(definition: Definition, piece: Piece, shift: Point): Pasted {
  const renamed = new Map<NodeId, NodeId>();
  let nodes = definition.nodes;
  const positions: Record<NodeId, Point> = {};
  for (const node of piece.nodes) {
    const id = freshId({ nodes }, node.id);
    renamed.set(node.id, id);
    nodes = [...nodes, { ...node, id }];
    const point = piece.positions[node.id];
    if (point !== undefined) positions[id] = { x: point.x + shift.x, y: point.y + shift.y };
  }
  const connections = piece.connections.map((item) => ({ ...item, from: renamed.get(item.from) ?? item.from, to: renamed.get(item.to) ?? item.to }));
  return { definition: { ...definition, nodes, connections: [...definition.connections, ...connections] }, ids: [...renamed.values()], positions };
}
