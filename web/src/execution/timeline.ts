import type { AssignmentSummary, AssignmentStatus } from "../api/types";

/** One visit on the timeline; all numbers are shares of the whole, 0 to 1. */
export interface TimelineBar {
  readonly id: string;
  readonly nodeId: string;
  readonly name: string;
  readonly visit: number;
  readonly attempt: number;
  readonly status: AssignmentStatus;
  readonly start: number;
  /** The beginning of its latest attempt; before it the visit waited. */
  readonly begun: number;
  readonly end: number;
  readonly open: boolean;
  /** Milliseconds, with the time that it waited. */
  readonly took: number;
}

export interface TimelineTick {
  readonly at: number;
  readonly milliseconds: number;
}

export interface Timeline {
  readonly bars: readonly TimelineBar[];
  readonly ticks: readonly TimelineTick[];
  readonly total: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Round steps in milliseconds from a second to two weeks. Outside of these, steps of 1, 2 and 5 are used. */
const STEPS = [1, 2, 5, 10, 15, 30].map((each) => each * SECOND).concat([1, 2, 5, 10, 15, 30].map((each) => each * MINUTE), [1, 2, 3, 6, 12].map((each) => each * HOUR), [1, 2, 7, 14].map((each) => each * DAY));

/** Returns where each visit lies between the beginning of the execution and its end, or now. */
export function timelineOf(assignments: readonly AssignmentSummary[], startedAt: string, endedAt: string | null, now: number): Timeline {
  const start = Date.parse(startedAt);
  const lastEnd = assignments.reduce((latest, item) => Math.max(latest, Date.parse(item.ended_at ?? item.started_at ?? item.created_at)), start);
  const end = Math.max(endedAt === null ? now : Date.parse(endedAt), lastEnd, start + 1);
  const total = end - start;
  const share = (at: number) => Math.min(1, Math.max(0, (at - start) / total));
  return {
    total,
    ticks: ticksOf(total),
    bars: assignments.map((item) => {
      const created = Date.parse(item.created_at);
      const ended = item.ended_at === null ? end : Date.parse(item.ended_at);
      // Nobody works on a visit that waits for time, a signal or a person.
      const waits = item.wait_for !== null || item.subtype.startsWith("WAIT");
      const begun = item.started_at === null || waits ? ended : Date.parse(item.started_at);
      return {
        id: item.id,
        nodeId: item.node_id,
        name: item.name || item.node_id,
        visit: item.visit,
        attempt: item.attempt,
        status: item.status,
        start: share(created),
        begun: share(Math.min(ended, Math.max(created, begun))),
        end: share(ended),
        open: item.ended_at === null,
        took: Math.max(0, ended - created),
      };
    }),
  };
}

/** Four to eight round steps. */
export function ticksOf(total: number): TimelineTick[] {
  const rough = total / 6;
  const step = (rough > SECOND / 2 ? STEPS.find((each) => each >= rough) : undefined) ?? decimalStep(rough);
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => ({ at: (index * step) / total, milliseconds: index * step }));
}

function decimalStep(rough: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
}
