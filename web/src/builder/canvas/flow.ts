/** The draft in the form that React Flow needs. A node or connection that has not changed is the same object as before, so it is not drawn again. */

import { MarkerType, type Edge, type Node } from "@xyflow/react";
import type { PlacedError } from "../definition/errors";
import type { NodeTypes } from "../definition/nodeTypes";
import { connectionKey, portOf, titleOf, typeOf, type ConnectionDefinition, type Definition, type NodeDefinition, type NodeId } from "../definition/types";
import type { Positions } from "../layout/layout";
import { NODE_WIDTH } from "../layout/layout";
import { asNodeHandle, givesHandle, handlesOf, INPUT, outletsFor, portHandle, takesHandle, type HandlePlace, type Outlets } from "./geometry";
import { counted } from "../counted";
import { summaryOf } from "./summary";
import { connectionTypeName } from "../definition/connectionRules";

export interface StepData extends Record<string, unknown> {
  readonly id: NodeId;
  readonly title: string;
  readonly summary: string;
  readonly type: string;
  readonly subtype: string;
  readonly isKnown: boolean;
  readonly isTrigger: boolean;
  readonly outlets: Outlets;
  readonly places: readonly HandlePlace[];
  readonly badges: readonly string[];
  readonly errorCount: number;
  readonly warningCount: number;
  readonly errorText: string;
  readonly outcome: NodeOutcome | null;
}

/** What an execution that is looked at did here. */
export type NodeOutcome = "failed" | "completed";

export type StepNode = Node<StepData, "step">;

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
  /** The positions of nodes while they are dragged. */
  readonly dragged: Positions;
}

interface Used {
  ports: string[];
  takes: string[];
  gives: string[];
  input: boolean;
}

const NONE: readonly PlacedError[] = [];

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
      const position = input.dragged[node.id] ?? input.positions[node.id] ?? { x: 0, y: 0 };
      const errors = input.errors.get(node.id) ?? NONE;
      const used = this.usedOf.get(node.id);
      const outcome = input.outcomes.get(node.id) ?? null;
      const dataKey = [node, types, used, errorKey(errors), outcome];
      const key = [...dataKey, position.x, position.y, input.selected.has(node.id)];
      const before = this.nodes.get(node.id);
      if (before !== undefined && sameItems(before.key, key)) {
        next.set(node.id, before);
        return before.node;
      }
      const kept = before !== undefined && sameItems(before.key.slice(0, dataKey.length), dataKey) ? before.node : null;
      const made = kept === null ? stepNode(node, types, used, errors, outcome) : kept;
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

function stepNode(node: NodeDefinition, types: NodeTypes, used: Used | undefined, errors: readonly PlacedError[], outcome: NodeOutcome | null): StepNode {
  const type = types.of(node);
  const outlets = outletsFor(node, type, used ?? { ports: [], takes: [], gives: [], input: false });
  const { height, places } = handlesOf(outlets);
  const errorCount = errors.filter((error) => error.severity === "error").length;
  const title = titleOf(node);
  const data: StepData = {
    id: node.id,
    title,
    summary: summaryOf(node, type),
    type: node.type,
    subtype: node.subtype,
    isKnown: type !== undefined,
    isTrigger: type?.is_trigger ?? false,
    outlets,
    places,
    badges: badgesOf(node),
    errorCount,
    warningCount: errors.length - errorCount,
    errorText: errors.map((error) => error.message).join(" "),
    outcome,
  };
  const about = errorCount > 0 ? `, ${counted(errorCount, "error")}` : "";
  return {
    id: node.id,
    type: "step",
    position: { x: 0, y: 0 },
    data,
    width: NODE_WIDTH,
    height,
    measured: { width: NODE_WIDTH, height },
    handles: places.map(asNodeHandle),
    ariaLabel: `${title}, ${type?.title ?? node.subtype}${about}`,
  };
}

/** Returns the settings that change how a node starts or leaves, in a word each. */
function badgesOf(node: NodeDefinition): readonly string[] {
  const retry = node.retry as { max_attempts?: number } | undefined;
  const badges: string[] = [];
  if (typeof retry?.max_attempts === "number" && retry.max_attempts > 1) badges.push(`retry ${retry.max_attempts}×`);
  if (node.on_error === "continue") badges.push("continues on error");
  if (node.join !== undefined && node.join !== "all") badges.push(typeof node.join === "string" ? `join ${node.join}` : `join ${String((node.join as { count?: number }).count)}`);
  if (typeof node.lock === "string") badges.push("lock");
  return badges;
}

/** Returns the handles that connections need, including those that the node's type does not have: an error has to be visible to be fixed. */
function usedBy(definition: Definition, before: ReadonlyMap<NodeId, Used>): Map<NodeId, Used> {
  const used = new Map<NodeId, Used>();
  const of = (id: NodeId): Used => {
    const found = used.get(id) ?? { ports: [], takes: [], gives: [], input: false };
    used.set(id, found);
    return found;
  };
  for (const connection of definition.connections) {
    if (typeOf(connection) === "MAIN") {
      if (!of(connection.from).ports.includes(portOf(connection))) of(connection.from).ports.push(portOf(connection));
      of(connection.to).input = true;
    } else {
      if (!of(connection.from).gives.includes(typeOf(connection))) of(connection.from).gives.push(typeOf(connection));
      if (!of(connection.to).takes.includes(typeOf(connection))) of(connection.to).takes.push(typeOf(connection));
    }
  }
  for (const [id, next] of used) {
    const old = before.get(id);
    if (old !== undefined && JSON.stringify(old) === JSON.stringify(next)) used.set(id, old);
  }
  return used;
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
    return [...edges, ...gotoEdges(input.definition, ids)];
  }
}

function linkEdge(connection: ConnectionDefinition, id: string, selected: boolean, hasError: boolean): LinkEdge {
  const type = typeOf(connection);
  const port = portOf(connection);
  const isMain = type === "MAIN";
  return {
    id,
    type: "link",
    source: connection.from,
    target: connection.to,
    sourceHandle: isMain ? portHandle(port) : givesHandle(type),
    targetHandle: isMain ? INPUT : takesHandle(type),
    data: { type, port, hasError },
    selected,
    ...(isMain ? { markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 } } : {}),
    ariaLabel: isMain ? `Connection from ${connection.from}${port === "main" ? "" : ` through ${port}`} to ${connection.to}` : `${connection.from} supplies ${connectionTypeName(type)} to ${connection.to}`,
  };
}

/** The jump of a GOTO. It is one of the node's parameters, so it cannot be dragged here. */
function gotoEdges(definition: Definition, ids: ReadonlySet<NodeId>): LinkEdge[] {
  return definition.nodes.flatMap((node) => {
    const target = node.subtype === "GOTO" ? node.parameters?.target : undefined;
    if (typeof target !== "string" || !ids.has(target)) return [];
    return [
      {
        id: `goto:${node.id}`,
        type: "link" as const,
        source: node.id,
        target,
        sourceHandle: portHandle("main"),
        targetHandle: INPUT,
        data: { type: "GOTO", port: "main", hasError: false },
        selectable: false,
        focusable: false,
        deletable: false,
        reconnectable: false,
        markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
      },
    ];
  });
}
