/** The draft in the form that React Flow needs. A node or connection that has not changed is the same object as before, so it is not drawn again. */

import { MarkerType, type Edge, type Node } from "@xyflow/react";
import type { PlacedError } from "../definition/errors";
import type { Point } from "../definition/position";
import type { NodeTypes } from "../definition/nodeTypes";
import { connectionKey, type ConnectionDefinition, type Definition, type NodeDefinition, type NodeId } from "../definition/types";
import { drawnNode, jumpsOf, lineOf, lineOfJump, usedBy, type Drawn, type Line, type Used } from "../../graph/drawn";
import { framesOf, groupKey, noteKey, notesOf, type Frame, type Note } from "../../graph/extras";
import { heightsOf, NODE_WIDTH, type Positions } from "../../graph/layout";
import { asNodeHandle } from "../../graph/outlets";
import { counted } from "../counted";
import type { Heat } from "../run/useHeat";
import { summaryOf } from "./summary";
import { connectionTypeName } from "../definition/connectionRules";

export interface StepData extends Record<string, unknown> {
  readonly id: NodeId;
  readonly drawn: Drawn;
  readonly summary: string;
  readonly badges: readonly string[];
  readonly errorCount: number;
  readonly warningCount: number;
  readonly errorText: string;
  readonly outcome: NodeOutcome | null;
  readonly heat: Heat | null;
}

/** What an execution that is looked at did here. */
export type NodeOutcome = "failed" | "completed";

export type StepNode = Node<StepData, "step">;
export type NoteNode = Node<{ readonly note: Note }, "note">;
export type FrameNode = Node<{ readonly frame: Frame }, "frame">;
export type CanvasNode = StepNode | NoteNode | FrameNode;

export interface LinkData extends Record<string, unknown> {
  readonly type: string;
  readonly port: string;
  readonly hasError: boolean;
}

export type LinkEdge = Edge<LinkData, "link">;

export interface FlowInput {
  readonly definition: Definition;
  readonly types: NodeTypes;
  readonly positions: Positions;
  readonly selected: ReadonlySet<NodeId>;
  readonly selectedConnections: ReadonlySet<string>;
  readonly errors: ReadonlyMap<NodeId, readonly PlacedError[]>;
  readonly erroryConnections: ReadonlySet<string>;
  readonly outcomes: ReadonlyMap<NodeId, NodeOutcome>;
  readonly heat: ReadonlyMap<NodeId, Heat>;
  /** The positions of nodes while they are dragged. */
  readonly dragged: Positions;
}

const NONE: readonly PlacedError[] = [];
const ORIGIN = { x: 0, y: 0 };

/** Makes the nodes. It remembers its last result. */
export class FlowNodes {
  private nodes = new Map<NodeId, { readonly key: readonly unknown[]; readonly node: StepNode }>();
  private usedOf = new Map<NodeId, Used>();
  private usedFor: readonly ConnectionDefinition[] | null = null;

  of(input: FlowInput): StepNode[] {
    const { definition, types } = input;
    if (this.usedFor !== definition.connections) {
      this.usedOf = usedBy(definition, this.usedOf);
      this.usedFor = definition.connections;
    }
    const next = new Map<NodeId, { readonly key: readonly unknown[]; readonly node: StepNode }>();
    const nodes = definition.nodes.map((node) => {
      const position = input.dragged.get(node.id) ?? input.positions.get(node.id) ?? ORIGIN;
      const errors = input.errors.get(node.id) ?? NONE;
      const used = this.usedOf.get(node.id);
      const outcome = input.outcomes.get(node.id) ?? null;
      const heat = input.heat.get(node.id) ?? null;
      const dataKey = [node, types, used, errorKey(errors), outcome, heat];
      const key = [...dataKey, position.x, position.y, input.selected.has(node.id)];
      const before = this.nodes.get(node.id);
      if (before !== undefined && sameItems(before.key, key)) {
        next.set(node.id, before);
        return before.node;
      }
      const kept = before !== undefined && sameItems(before.key.slice(0, dataKey.length), dataKey) ? before.node : null;
      const made = kept === null ? stepNode(node, types, used, errors, outcome, heat) : kept;
      const placed: StepNode = { ...made, position, selected: input.selected.has(node.id) };
      next.set(node.id, { key, node: placed });
      return placed;
    });
    this.nodes = next;
    return nodes;
  }
}

/** Each check makes new objects, so errors are compared by their texts. */
function errorKey(errors: readonly PlacedError[]): string {
  return errors.map((error) => `${error.severity}${error.message}`).join("\n");
}

function stepNode(node: NodeDefinition, types: NodeTypes, used: Used | undefined, errors: readonly PlacedError[], outcome: NodeOutcome | null, heat: Heat | null): StepNode {
  const type = types.of(node);
  const drawn = drawnNode(node, types, used);
  const errorCount = errors.filter((error) => error.severity === "error").length;
  const data: StepData = {
    id: node.id,
    drawn,
    summary: summaryOf(node, type),
    badges: badgesOf(node),
    errorCount,
    warningCount: errors.length - errorCount,
    errorText: errors.map((error) => error.message).join(" "),
    outcome,
    heat,
  };
  const about = drawn.isDisabled ? ", disabled" : errorCount > 0 ? `, ${counted(errorCount, "error")}` : "";
  const { height } = drawn;
  return {
    id: node.id,
    type: "step",
    position: ORIGIN,
    data,
    width: NODE_WIDTH,
    height,
    measured: { width: NODE_WIDTH, height },
    handles: drawn.places.map(asNodeHandle),
    ariaLabel: `${drawn.title}, ${type?.title ?? node.subtype}${about}`,
  };
}

/** Returns the settings that change how a node starts or leaves, in a word each. */
function badgesOf(node: NodeDefinition): readonly string[] {
  const retry = node.retry as { max_attempts?: number } | undefined;
  const badges: string[] = node.disabled === true ? ["disabled"] : [];
  if (typeof retry?.max_attempts === "number" && retry.max_attempts > 1) badges.push(`retry ${retry.max_attempts}×`);
  if (node.on_error === "continue") badges.push("continues on error");
  if (node.join !== undefined && node.join !== "all") badges.push(typeof node.join === "string" ? `join ${node.join}` : `join ${String((node.join as { count?: number }).count)}`);
  if (typeof node.lock === "string") badges.push("lock");
  return badges;
}

function sameItems(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, position) => item === right[position]);
}

/** Makes the connections. It remembers its last result. */
export class FlowEdges {
  private edges = new Map<string, { readonly key: readonly unknown[]; readonly edge: LinkEdge }>();

  of(input: FlowInput): LinkEdge[] {
    const ids = new Set(input.definition.nodes.map((node) => node.id));
    const next = new Map<string, { readonly key: readonly unknown[]; readonly edge: LinkEdge }>();
    const edges: LinkEdge[] = [];
    for (const connection of input.definition.connections) {
      const id = connectionKey(connection);
      if (next.has(id) || !ids.has(connection.from) || !ids.has(connection.to)) continue;
      const key = [input.selectedConnections.has(id), input.erroryConnections.has(id)];
      const before = this.edges.get(id);
      const entry = before !== undefined && sameItems(before.key, key) ? before : { key, edge: linkEdge(connection, id, key[0] === true, key[1] === true) };
      next.set(id, entry);
      edges.push(entry.edge);
    }
    this.edges = next;
    return [...edges, ...gotoEdges(input.definition)];
  }
}

function linkEdge(connection: ConnectionDefinition, id: string, selected: boolean, hasError: boolean): LinkEdge {
  const line = lineOf(connection);
  const { type, port, from, to } = line;
  const isMain = type === "MAIN";
  return {
    ...ends(line),
    id,
    data: { type, port, hasError },
    selected,
    ...(isMain ? ARROW : {}),
    ariaLabel: isMain ? `Connection from ${from}${port === "main" ? "" : ` through ${port}`} to ${to}` : `${from} supplies ${connectionTypeName(type)} to ${to}`,
  };
}

const ARROW = { markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 } };

function ends({ from, to, sourceHandle, targetHandle }: Line): Pick<LinkEdge, "source" | "target" | "sourceHandle" | "targetHandle"> & { readonly type: "link" } {
  return { type: "link", source: from, target: to, sourceHandle, targetHandle };
}

/** The jump of a GOTO. It is one of the node's parameters, so it cannot be dragged here. */
function gotoEdges(definition: Definition): LinkEdge[] {
  return jumpsOf(definition).map((jump) => {
    const line = lineOfJump(jump);
    return { ...ends(line), id: line.key, data: { type: line.type, port: line.port, hasError: false }, selectable: false, focusable: false, deletable: false, reconnectable: false, ...ARROW };
  });
}

/** Makes the nodes of React Flow for frames, which are behind everything, and notes. It remembers its last result. */
export class FlowExtras {
  private nodes: readonly (NoteNode | FrameNode)[] = [];

  of(input: Pick<FlowInput, "definition" | "types" | "positions" | "dragged">, selected: ReadonlySet<string>): readonly (NoteNode | FrameNode)[] {
    const { definition } = input;
    if (definition.notes === undefined && definition.groups === undefined) return NO_EXTRAS;
    const positions = new Map([...input.positions, ...input.dragged]);
    const frames = framesOf(definition, positions, heightsOf(definition, input.types)).map(frameNode);
    const notes = notesOf(definition).map((note) => noteNode(note, input.dragged.get(noteKey(note.id)), selected.has(note.id)));
    const before = new Map(this.nodes.map((node) => [node.id, node]));
    this.nodes = [...frames, ...notes].map((node) => {
      const old = before.get(node.id);
      return old !== undefined && JSON.stringify(old) === JSON.stringify(node) ? old : node;
    });
    return this.nodes;
  }
}

const NO_EXTRAS: readonly (NoteNode | FrameNode)[] = [];

function frameNode(frame: Frame): FrameNode {
  const { x, y, width, height } = frame;
  const size = { width, height };
  return { id: groupKey(frame.id), type: "frame", position: { x, y }, ...size, measured: size, zIndex: -2, selectable: false, focusable: false, data: { frame }, ariaLabel: `Group ${frame.name}` };
}

function noteNode(note: Note, dragged: Point | undefined, selected: boolean): NoteNode {
  const size = { width: note.width, height: note.height };
  return { id: noteKey(note.id), type: "note", position: dragged ?? { x: note.x, y: note.y }, ...size, measured: size, zIndex: -1, selected, data: { note }, ariaLabel: `Note: ${note.text.slice(0, 80)}` };
}
