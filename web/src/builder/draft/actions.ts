/** The actions of people on the draft. Each runs a command on the definition and updates selection and positions. A refusal is returned, never thrown. */

import { counted } from "../counted";
import { addNode } from "../definition/commands/addNode";
import { connectNodes, reconnect } from "../definition/commands/connectNodes";
import { moveNodes } from "../definition/commands/moveNodes";
import { pieceOf, pieceToText, type Piece } from "../definition/commands/piece";
import { removeConnections } from "../definition/commands/removeConnections";
import { removeNodes } from "../definition/commands/removeNodes";
import { renamePort, setNodeField, setWorkflowField } from "../definition/commands/setField";
import { placeKey, type Place } from "../definition/place";
import { positionOf, type Point } from "../definition/position";
import { portsOf, type NodeType } from "../definition/nodeTypes";
import { findNode, isRefusal, titleOf, type ConnectionDefinition, type Json, type NodeDefinition, type NodeId, type Refusal } from "../definition/types";
import { freePlace, GRID, heightsOf, placeAfter, type Heights, type Positions } from "../layout/layout";
import { change, definitionOf, NOTHING, type BuilderStore, type Selection } from "./store";

const one = (id: NodeId): Selection => ({ nodes: new Set([id]), connections: new Set() });

/** Adds a node at a place; without a place after the selected node, connected to it, and beside it if that has a position of its own. Returns its id. */
export function add(store: BuilderStore, type: NodeType, at?: Point): NodeId {
  const { history, selection, types } = store.get();
  const { definition, positions, own } = history.now;
  const after = at === undefined && selection.nodes.size === 1 ? ([...selection.nodes][0] ?? null) : null;
  const added = addNode(definition, types, type, after);
  const heights = heightsOf(added.definition, types);
  const height = heights.get(added.id);
  const isBeside = after !== null && own[after] !== undefined;
  const place = at !== undefined ? freePlace(at, positions, heights, height) : isBeside ? placeOf(type, after, positions, heights, height) : undefined;
  change(store, place === undefined ? added.definition : moveNodes(added.definition, { [added.id]: place }), { select: one(added.id), say: `${type.title} added.` });
  return added.id;
}

function placeOf(type: NodeType, after: NodeId, positions: Positions, heights: Heights, height: number | undefined): Point {
  const user = positions[after];
  if (type.gives.length > 0 && user !== undefined) return freePlace({ x: user.x, y: user.y + 140 }, positions, heights, height);
  return placeAfter(after, positions, heights, height);
}

export function select(store: BuilderStore, nodes: Iterable<NodeId>, connections: Iterable<string> = []): void {
  store.set({ selection: { nodes: new Set(nodes), connections: new Set(connections) } });
}

/** Selects a node and brings it into view. */
export function goTo(store: BuilderStore, id: NodeId): void {
  store.set({ selection: one(id), focus: { id } });
}

export function selectAll(store: BuilderStore): void {
  select(store, store.get().history.now.definition.nodes.map((node) => node.id));
}

export function move(store: BuilderStore, moved: Positions, topic?: string): void {
  change(store, moveNodes(definitionOf(store.get()), moved), topic === undefined ? {} : { topic });
}

export function remove(store: BuilderStore, nodes: ReadonlySet<NodeId>, connections: ReadonlySet<string>): void {
  const definition = definitionOf(store.get());
  const next = removeConnections(removeNodes(definition, nodes), connections);
  if (next === definition) return;
  change(store, next, { select: NOTHING, say: nodes.size > 0 ? `${counted(nodes.size, "node")} deleted.` : "Connection deleted." });
}

export function removeSelected(store: BuilderStore): void {
  const { nodes, connections } = store.get().selection;
  remove(store, nodes, connections);
}

export function connect(store: BuilderStore, connection: ConnectionDefinition): Refusal | null {
  const { history, types } = store.get();
  const next = connectNodes(history.now.definition, types, connection);
  if (isRefusal(next)) return next;
  change(store, next, { say: `Connected ${connection.from} to ${connection.to}.` });
  return null;
}

export function connectAnew(store: BuilderStore, key: string, connection: ConnectionDefinition): Refusal | null {
  const { history, types } = store.get();
  const next = reconnect(history.now.definition, types, key, connection);
  if (isRefusal(next)) return next;
  change(store, next);
  return null;
}

/** Gives a node another id. What reads expressions, to change them with it, is loaded when it is needed. */
export async function rename(store: BuilderStore, before: NodeId, after: NodeId): Promise<Refusal | null> {
  const { renameNode } = await import("../definition/commands/renameNode");
  const { history, types } = store.get();
  const next = renameNode(history.now.definition, types, before, after);
  if (isRefusal(next)) return next;
  if (next !== history.now.definition) change(store, next, { select: one(after), say: `Renamed to ${after}.` });
  return null;
}

/** Sets a field of a node. If that renames one of its ports, the connections of the port follow. */
export function setField(store: BuilderStore, id: NodeId, place: Place, value: Json | undefined): void {
  const { history, types } = store.get();
  const { definition } = history.now;
  const before = findNode(definition, id);
  let next = setNodeField(definition, id, place, value);
  const after = findNode(next, id);
  if (before !== undefined && after !== undefined) {
    const [left, right] = [portsOf(before, types.of(before)), portsOf(after, types.of(after))];
    const gone = left.filter((port) => !right.includes(port));
    const come = right.filter((port) => !left.includes(port));
    const [lost, found] = [gone[0], come[0]];
    if (left.length === right.length && gone.length === 1 && lost !== undefined && found !== undefined) next = renamePort(next, id, lost, found);
  }
  change(store, next, { topic: `${id}${placeKey(place)}` });
}

export function setHead(store: BuilderStore, field: string, value: Json | undefined): void {
  const { definition } = store.get().history.now;
  change(store, setWorkflowField(definition, field, value), { topic: `workflow/${field}` });
}

/** Returns the selected nodes; null if none are selected. */
function selectedPiece(store: BuilderStore): Piece | null {
  const { history, selection, base, key } = store.get();
  const { definition, positions } = history.now;
  return selection.nodes.size === 0 ? null : pieceOf(definition, selection.nodes, (id) => positions[id], base.workflowId ?? key);
}

/** Returns the selected nodes as text for the clipboard; null if none are selected. */
export function copied(store: BuilderStore): string | null {
  const piece = selectedPiece(store);
  return piece === null ? null : pieceToText(piece);
}

export async function pasteText(store: BuilderStore, text: string): Promise<Refusal | null> {
  const { pieceFromText } = await import("../definition/commands/paste");
  const piece = await pieceFromText(text);
  if (isRefusal(piece)) return piece;
  await pastePiece(store, piece);
  return null;
}

async function pastePiece(store: BuilderStore, piece: Piece): Promise<void> {
  const { paste } = await import("../definition/commands/paste");
  const { history, types, base, key } = store.get();
  const { definition, positions } = history.now;
  const isHome = piece.copiedFrom !== null && [base.workflowId, key].includes(piece.copiedFrom);
  const at = (tries: number) => paste(definition, types, piece, { x: 2 * GRID * tries, y: 2 * GRID * tries }, isHome);
  const isOnAnother = (found: ReturnType<typeof at>) => found.ids.some((id) => standsAt(positions, findNode(found.definition, id)));
  let pasted = at(1);
  for (let tries = 2; tries < 40 && isOnAnother(pasted); tries += 1) pasted = at(tries);
  const missing = pasted.missing.length === 0 ? "" : ` They name ${counted(pasted.missing.length, "node")} of another workflow: choose others where it says “not copied”.`;
  change(store, pasted.definition, {
    select: { nodes: new Set(pasted.ids), connections: new Set() },
    say: `${counted(pasted.ids.length, "node")} pasted.${missing}`,
  });
}

function standsAt(positions: Positions, node: NodeDefinition | undefined): boolean {
  const point = node === undefined ? undefined : positionOf(node);
  return point !== undefined && Object.values(positions).some((other) => other.x === point.x && other.y === point.y);
}

export async function duplicate(store: BuilderStore): Promise<void> {
  const piece = selectedPiece(store);
  if (piece !== null) await pastePiece(store, piece);
}

/** Returns the name of a node that people see. */
export function nameOf(store: BuilderStore, id: NodeId): string {
  const node = findNode(store.get().history.now.definition, id);
  return node === undefined ? id : titleOf(node);
}
