import { titleOf, type Definition } from "../builder/definition/types";
import { GOTO } from "../graph/connectionStyle";
import { jumpsOf, lineOf, lineOfJump, type Line } from "../graph/drawn";
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
  readonly line: Line;
  /** How often it was taken. */
  readonly taken: number;
  /** It was taken, and the node that it leads to is running. */
  readonly live: boolean;
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
    connections: linesOf(definition).map((line) => {
      const isFlow = line.type === "MAIN" || line.type === GOTO;
      const taken = isFlow && visits.has(line.to) ? (visits.get(line.from) ?? []).filter((visit) => visit.ports.includes(line.port)).length : 0;
      const target = latest.get(line.to)?.status;
      return { line, taken, live: taken > 0 && (target === "running" || target === "pending") };
    }),
  };
}

/** Returns the connections of a definition, and the jumps of its GOTOs. */
export function linesOf(definition: Definition): readonly Line[] {
  return [...definition.connections.map(lineOf), ...jumpsOf(definition).map(lineOfJump)];
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
