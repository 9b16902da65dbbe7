import { connectionKey, portOf, titleOf, typeOf, type ConnectionDefinition, type Definition } from "../builder/definition/types";
import type { AssignmentSummary, AssignmentStatus } from "../api/types";

/** One node with what happened in it. */
export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly subtype: string;
  /** Status of the latest visit; null if the node was never reached. */
  readonly status: AssignmentStatus | null;
  readonly suspended: boolean;
  readonly visits: number;
  /** Attempts of the latest visit. */
  readonly attempts: number;
  readonly error: string | null;
  /** When the latest visit began and ended; null if not yet. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface GraphConnection {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The port to show; null if it is the only one. */
  readonly port: string | null;
  /** How often it was taken. */
  readonly taken: number;
  /** It was taken, and the node that it leads to is running. */
  readonly live: boolean;
  /** It carries a capability, not the flow. */
  readonly supplies: boolean;
}

export interface ExecutionGraph {
  readonly nodes: readonly GraphNode[];
  readonly connections: readonly GraphConnection[];
}

/** Returns the graph of the definition with what happened in it. */
export function graphOf(definition: Definition, assignments: readonly AssignmentSummary[]): ExecutionGraph {
  const visits = visitsByNode(assignments);
  const latest = new Map([...visits].map(([id, items]) => [id, items.at(-1)]));
  return {
    nodes: definition.nodes.map((node) => {
      const last = latest.get(node.id);
      return {
        id: node.id,
        title: titleOf(node),
        type: node.type,
        subtype: node.subtype,
        status: last?.status ?? null,
        suspended: last?.suspended ?? false,
        visits: visits.get(node.id)?.length ?? 0,
        attempts: last?.attempt ?? 0,
        error: last?.error?.message ?? null,
        startedAt: last?.started_at ?? null,
        endedAt: last?.ended_at ?? null,
      };
    }),
    connections: definition.connections.map((connection) => {
      const port = portOf(connection);
      const isMain = typeOf(connection) === "MAIN";
      const taken = isMain && visits.has(connection.to) ? (visits.get(connection.from) ?? []).filter((visit) => visit.ports.includes(port)).length : 0;
      const target = latest.get(connection.to)?.status;
      return {
        id: connectionKey(connection),
        from: connection.from,
        to: connection.to,
        port: isMain && port !== "main" ? port : isMain ? null : typeOf(connection).toLowerCase().replace(/^ai_/, "").replaceAll("_", " "),
        taken,
        live: taken > 0 && (target === "running" || target === "pending"),
        supplies: !isMain,
      };
    }),
  };
}

/** Returns the definition with its jumps as connections: a GOTO names its target instead of being connected to it. */
export function withJumps(definition: Definition): Definition {
  const ids = new Set(definition.nodes.map((node) => node.id));
  const jumps = definition.nodes.flatMap((node): ConnectionDefinition[] => {
    const target = node.subtype === "GOTO" ? node.parameters?.target : undefined;
    return typeof target === "string" && ids.has(target) ? [{ from: node.id, to: target }] : [];
  });
  return jumps.length === 0 ? definition : { ...definition, connections: [...definition.connections, ...jumps] };
}

/** Returns the visits of each node, in their order. */
export function visitsByNode(assignments: readonly AssignmentSummary[]): Map<string, AssignmentSummary[]> {
  const visits = new Map<string, AssignmentSummary[]>();
  for (const item of assignments) {
    const known = visits.get(item.node_id);
    if (known) known.push(item);
    else visits.set(item.node_id, [item]);
  }
  for (const items of visits.values()) items.sort((one, other) => one.visit - other.visit);
  return visits;
}
