import type { AssignmentStatus, AssignmentSummary, ErrorInfo } from "../../api/types";
import type { NodeId } from "../definition/types";

/** What happened at one node in the execution that the builder shows: its latest visit. */
export interface NodeRun {
  readonly executionId: string;
  readonly assignmentId: string;
  readonly status: AssignmentStatus;
  /** Number of visits of the node in this execution. */
  readonly visits: number;
  /** Attempts at the latest visit. */
  readonly attempts: number;
  /** Milliseconds of the last attempt; null while it has not ended, and where nobody worked on it. */
  readonly took: number | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly error: ErrorInfo | null;
  readonly ports: readonly string[];
  /** It ran in an earlier execution, or its output was pinned. */
  readonly isTakenOver: boolean;
  /** Changes with every change of the visit. */
  readonly changeNumber: number;
}

/** Returns what happened at each node: the latest visit of it in an execution that was created at a time. */
export function nodeRunsOf(executionId: string, createdAt: string, assignments: Iterable<AssignmentSummary>): ReadonlyMap<NodeId, NodeRun> {
  const latest = new Map<NodeId, AssignmentSummary>();
  const counts = new Map<NodeId, number>();
  for (const item of assignments) {
    counts.set(item.node_id, (counts.get(item.node_id) ?? 0) + 1);
    if (item.visit >= (latest.get(item.node_id)?.visit ?? 0)) latest.set(item.node_id, item);
  }
  const runs = new Map<NodeId, NodeRun>();
  for (const [node, visit] of latest) {
    runs.set(node, {
      executionId,
      assignmentId: visit.id,
      status: visit.status,
      visits: counts.get(node) ?? 1,
      attempts: visit.attempt,
      took: visit.started_at === null || visit.ended_at === null ? null : Math.max(0, Date.parse(visit.ended_at) - Date.parse(visit.started_at)),
      startedAt: visit.started_at,
      endedAt: visit.ended_at,
      error: visit.error,
      ports: visit.ports,
      isTakenOver: visit.ended_at !== null && Date.parse(visit.ended_at) < Date.parse(createdAt),
      changeNumber: visit.change_number,
    });
  }
  return runs;
}
