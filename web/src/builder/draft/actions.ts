/** The actions of people on the draft. Each runs a command on the definition and updates selection and positions. A refusal is returned, never thrown. */

import { counted } from "../counted";
import { addNode } from "../definition/commands/addNode";
import { insertNode } from "../definition/commands/insertNode";
import { connectNodes, reconnect } from "../definition/commands/connectNodes";
import { renameInGroups, ungroupNodes } from "../definition/commands/groups";
import { removeNotes } from "../definition/commands/notes";
import { moveNodes } from "../definition/commands/moveNodes";
import { pieceOf, pieceToText, type Piece } from "../definition/commands/piece";
import { removeConnections } from "../definition/commands/removeConnections";
import { removeNodes } from "../definition/commands/removeNodes";
import { renamePort, setNodeField, setWorkflowField } from "../definition/commands/setField";
import { placeKey, type Place } from "../definition/place";
import type { Point } from "../definition/position";
import { portsOf, type NodeType } from "../definition/nodeTypes";
import { connectionKey, findNode, isRefusal, titleOf, type ConnectionDefinition, type Definition, type Json, type NodeId, type Refusal } from "../definition/types";
import { freePlace, GRID, heightsOf, NODE_WIDTH, placeAfter, type Positions } from "../../graph/layout";
import { shiftFor, type Box } from "../../graph/pasting";
import { change, edited, NOTHING, type BuilderStore, type Selection } from "./store";

const one = (id: NodeId): Selection => ({ nodes: new Set([id]), connections: new Set() });

/** Where a node is added. */
export interface Spot {
  /** The upper left corner; without one the node stands after the selected node, or where it is free. */
  readonly at?: Point | undefined;
  /** The connection that it is inserted into. */
  readonly into?: string | undefined;
  /** A connection that is made together with the node. */
  readonly connecting?: (definition: Definition, id: NodeId) => ConnectionDefinition | null;
}

/** Adds a node, connected to the selected one if no place is given. It is placed in the same step, selected and brought into view. Returns its id. */
export function add(store: BuilderStore, type: NodeType, { at, into, connecting }: Spot = {}): NodeId {
  const { history, selection, types } = store.get();
  const after = at === undefined && into === undefined && selection.nodes.size === 1 ? ([...selection.nodes][0] ?? null) : null;
  const { id } = addNode(history.now.definition, types, type, after);
  const command = (definition: Definition): Definition => {
    const drawn = into === undefined ? addNode(definition, types, type, after).definition : insertNode(definition, types, type, into).definition;
    const connection = connecting?.(drawn, id) ?? null;
    const connected = connection === null ? drawn : connectNodes(drawn, types, connection);
    const next = isRefusal(connected) ? drawn : connected;
    const { positions } = history.now;
    const heights = heightsOf(next, types);
    const wanted = at ?? (into === undefined ? undefined : between(definition, positions, into));
    const place = wanted !== undefined ? freePlace(wanted, positions, heights, heights.get(id)) : placeOf(type, after, positions, heights, id);
    return moveNodes(next, new Map([[id, place]]));
  };
  edited(store, command, { did: `add ${type.title}`, select: one(id), show: [id], say: `${type.title} added.` });
  return id;
}

function placeOf(type: NodeType, after: NodeId | null, positions: Positions, heights: ReadonlyMap<NodeId, number>, id: NodeId): Point {
  const user = after === null ? undefined : positions.get(after);
  if (after === null || user === undefined) return freePlace({ x: 0, y: 0 }, positions, heights, heights.get(id));
  if (type.gives.length > 0) return freePlace({ x: user.x, y: user.y + 140 }, positions, heights, heights.get(id));
  return placeAfter(after, positions, heights, heights.get(id));
}

/** The place in the middle between the two ends of a connection. */
function between(definition: Definition, positions: Positions, key: string): Point | undefined {
  const connection = definition.connections.find((item) => connectionKey(item) === key);
  const [from, to] = [positions.get(connection?.from ?? ""), positions.get(connection?.to ?? "")];
  if (from === undefined || to === undefined) return undefined;
  const isWide = to.x - from.x >= 2 * (NODE_WIDTH + GRID);
  return isWide ? { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 } : { x: from.x + (NODE_WIDTH + GRID) / 2, y: Math.max(from.y, to.y) + 5 * GRID };
}

export function select(store: BuilderStore, nodes: Iterable<NodeId>, connections: Iterable<string> = [], notes: Iterable<string> = []): void {
  store.set({ selection: { nodes: new Set(nodes), connections: new Set(connections), notes: new Set(notes) } });
}

/** Selects a node and brings it into view. */
export function goTo(store: BuilderStore, id: NodeId): void {
  store.set({ selection: one(id), focus: { ids: [id], zooms: true } });
}

export function selectAll(store: BuilderStore): void {
  select(store, store.get().history.now.definition.nodes.map((node) => node.id));
}

export function move(store: BuilderStore, moved: Positions, topic?: string): void {
  const [first] = moved.keys();
  const did = moved.size === 1 && first !== undefined ? `move ${nameOf(store, first)}` : `move ${counted(moved.size, "node")}`;
  edited(store, (definition) => moveNodes(definition, moved), { did, ...(topic === undefined ? {} : { topic }) });
}

export function remove(store: BuilderStore, nodes: ReadonlySet<NodeId>, connections: ReadonlySet<string>, notes: ReadonlySet<string> = new Set()): void {
  const [first] = nodes;
  const did = nodes.size > 1 ? `delete ${counted(nodes.size, "node")}` : first !== undefined ? `delete ${nameOf(store, first)}` : connections.size > 0 ? `delete ${counted(connections.size, "connection")}` : `delete ${counted(notes.size, "note")}`;
  edited(store, (definition) => removeNotes(removeConnections(removeNodes(ungroupNodes(definition, nodes), nodes), connections), notes), {
    did,
    select: NOTHING,
    say: nodes.size > 0 ? `${counted(nodes.size, "node")} deleted.` : connections.size > 0 ? `${counted(connections.size, "connection")} deleted.` : `${counted(notes.size, "note")} deleted.`,
  });
}

export function removeSelected(store: BuilderStore): void {
  const { nodes, connections, notes } = store.get().selection;
  remove(store, nodes, connections, notes);
}

export function connect(store: BuilderStore, connection: ConnectionDefinition): Refusal | null {
  const { types } = store.get();
  const ends = `${nameOf(store, connection.from)} to ${nameOf(store, connection.to)}`;
  return edited(store, (definition) => connectNodes(definition, types, connection), { did: `connect ${ends}`, say: `Connected ${connection.from} to ${connection.to}.` });
}

export function connectAnew(store: BuilderStore, key: string, connection: ConnectionDefinition): Refusal | null {
  const { types } = store.get();
  return edited(store, (definition) => reconnect(definition, types, key, connection), { did: `connect ${nameOf(store, connection.from)} to ${nameOf(store, connection.to)}` });
}

/** Gives a node another id. What reads expressions, to change them with it, is loaded when it is needed. */
export async function rename(store: BuilderStore, before: NodeId, after: NodeId): Promise<Refusal | null> {
  if (before === after) return null;
  const { renameNode } = await import("../definition/commands/renameNode");
  const { types } = store.get();
  const command = (definition: Definition) => {
    const renamed = renameNode(definition, types, before, after);
    return isRefusal(renamed) ? renamed : renameInGroups(renamed, before, after);
  };
  return edited(store, command, { did: `rename ${before} to ${after}`, select: one(after), say: `Renamed to ${after}.` });
}

/** Sets a field of a node. If that renames one of its ports, the connections of the port follow. */
export function setField(store: BuilderStore, id: NodeId, place: Place, value: Json | undefined): void {
  const { types } = store.get();
  const command = (definition: Definition): Definition => {
    const before = findNode(definition, id);
    const next = setNodeField(definition, id, place, value);
    const after = findNode(next, id);
    if (before === undefined || after === undefined) return next;
    const [left, right] = [portsOf(before, types.of(before)), portsOf(after, types.of(after))];
    const gone = left.filter((port) => !right.includes(port));
    const come = right.filter((port) => !left.includes(port));
    const [lost, found] = [gone[0], come[0]];
    const isRenamed = left.length === right.length && gone.length === 1 && lost !== undefined && found !== undefined;
    return isRenamed ? renamePort(next, id, lost, found) : next;
  };
  const field = place.findLast((step) => typeof step === "string");
  edited(store, command, { did: `edit ${nameOf(store, id)}${field === undefined ? "" : `: ${field}`}`, topic: `${id}${placeKey(place)}` });
}

export function setHead(store: BuilderStore, field: string, value: Json | undefined): void {
  const { definition } = store.get().history.now;
  change(store, setWorkflowField(definition, field, value), { did: `edit the workflow's ${field.replaceAll("_", " ")}`, topic: `workflow/${field}` });
}

/** Returns the selected nodes; null if none are selected. */
function selectedPiece(store: BuilderStore): Piece | null {
  const { history, selection, base, key } = store.get();
  const { definition, positions } = history.now;
  return selection.nodes.size === 0 ? null : pieceOf(definition, selection.nodes, (id) => positions.get(id), base.workflowId ?? key);
}

/** Returns the selected nodes as text for the clipboard; null if none are selected. */
export function copied(store: BuilderStore): string | null {
  const piece = selectedPiece(store);
  return piece === null ? null : pieceToText(piece);
}

/** Adds what was copied below the originals, or in the middle of what is in sight if they are out of sight. */
export async function pasteText(store: BuilderStore, text: string, sight: Box | null = null): Promise<Refusal | null> {
  const { pieceFromText } = await import("../definition/commands/paste");
  const piece = await pieceFromText(text);
  return isRefusal(piece) ? piece : pastePiece(store, piece, sight, "paste");
}

async function pastePiece(store: BuilderStore, piece: Piece, sight: Box | null, verb: "paste" | "duplicate"): Promise<Refusal | null> {
  const { paste } = await import("../definition/commands/paste");
  const { history, types, base, key } = store.get();
  const { definition, positions } = history.now;
  const isHome = piece.copiedFrom !== null && [base.workflowId, key].includes(piece.copiedFrom);
  const heights = heightsOf({ ...definition, nodes: [...definition.nodes, ...piece.nodes] }, types);
  const shift = shiftFor(piece.nodes, positions, heights, sight);
  const pasted = paste(definition, types, piece, shift, isHome);
  const what = counted(pasted.ids.length, "node");
  const missing = pasted.missing.length === 0 ? "" : ` They name ${counted(pasted.missing.length, "node")} of another workflow: choose others where it says “not copied”.`;
  return edited(store, (now) => paste(now, types, piece, shift, isHome).definition, {
    did: `${verb} ${what}`,
    select: { nodes: new Set(pasted.ids), connections: new Set() },
    show: pasted.ids,
    say: `${what} ${verb}d.${missing}`,
  });
}

export async function duplicate(store: BuilderStore, sight: Box | null = null): Promise<void> {
  const piece = selectedPiece(store);
  if (piece !== null) await pastePiece(store, piece, sight, "duplicate");
}

/** Returns the name of a node that people see. */
export function nameOf(store: BuilderStore, id: NodeId): string {
  const node = findNode(store.get().history.now.definition, id);
  return node === undefined ? id : titleOf(node);
}
