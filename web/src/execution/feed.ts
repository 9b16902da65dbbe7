import type { AssignmentSummary, ExecutionEvent, ExecutionSummary } from "../api/types";

/** An execution with its visits, and the change number up to which they are complete. */
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
    // Only the list of visits is known to be complete: whatever changed up to the execution's own, higher number is requested again.
    cursor: assignments.reduce((highest, item) => Math.max(highest, item.change_number), 0),
    ended: false,
  };
}

/** Returns the feed after some events. Repeated and older events change nothing, so a resumed stream may overlap. */
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
