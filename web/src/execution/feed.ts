import type { AssignmentSummary, ExecutionEvent, ExecutionSummary } from "../api/types";

/** What is known of an execution from its changes, and up to which one. */
export interface Feed {
  readonly execution: ExecutionSummary | null;
  readonly assignments: ReadonlyMap<string, AssignmentSummary>;
  /** The change number to resume from. */
  readonly cursor: number;
  readonly ended: boolean;
}

export function feedOf(execution: ExecutionSummary | null, assignments: readonly AssignmentSummary[]): Feed {
  return {
    execution,
    assignments: new Map(assignments.map((item) => [item.id, item])),
    // Only what the list has is known to be complete: what the execution's own number is ahead is asked for again.
    cursor: assignments.reduce((highest, item) => Math.max(highest, item.change_number), 0),
    ended: false,
  };
}

/** The feed after some events. Repeated and older ones change nothing, so that a resume may overlap. */
export function afterEvents(feed: Feed, events: readonly ExecutionEvent[]): Feed {
  let { execution, cursor, ended } = feed;
  let assignments: Map<string, AssignmentSummary> | null = null;
  for (const event of events) {
    cursor = Math.max(cursor, event.change_number);
    if (event.kind === "end") ended = true;
    if (event.execution && (execution === null || event.execution.change_number >= execution.change_number)) execution = event.execution;
    const { assignment } = event;
    if (!assignment) continue;
    const known = (assignments ?? feed.assignments).get(assignment.id);
    if (known && known.change_number >= assignment.change_number) continue;
    assignments ??= new Map(feed.assignments);
    assignments.set(assignment.id, assignment);
  }
  return { execution, assignments: assignments ?? feed.assignments, cursor, ended };
}
