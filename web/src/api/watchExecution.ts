import { hasEnded } from "../design/status";
import { assignmentsOf } from "./assignments";
import { untilShown, whileShown } from "./attention";
import { readAnswer } from "../json/readAnswer";
import { api, apiFetch, exactAnswer } from "./client";
import { ProblemError } from "./problem";
import { EventStreamParser } from "./serverSentEvents";
import { takeSlot, type Release } from "./streamSlots";
import type { Execution, ExecutionEvent } from "./types";

export type Connection = "live" | "looking" | "lost";

export interface Watching {
  /** Called with new events in their order; events that arrived together come in one call. */
  readonly onEvents: (events: readonly ExecutionEvent[]) => void;
  /** How changes arrive now: at once by a stream, by asking every few seconds, or not at all. */
  readonly onConnection: (connection: Connection) => void;
  readonly signal: AbortSignal;
  readonly open?: (since: number, signal: AbortSignal) => Promise<Response>;
  readonly look?: (since: number, signal: AbortSignal) => Promise<readonly ExecutionEvent[]>;
  readonly take?: () => Promise<Release | null>;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The server sends something at least every 15 seconds. After this long without anything the connection counts as lost. */
const SILENCE = 35_000;
const SHORTEST_PAUSE = 400;
const LONGEST_PAUSE = 8_000;
/** Between two requests, if other tabs hold all the streams that a browser can have. */
const LOOK_EVERY = 2_000;

/**
 * Follows the changes of an execution after a change number until it ends, as long as the tab is visible. A stream that was lost, or closed while the
 * tab was hidden, is opened again from the last change that arrived, so that none is missed and none comes twice. It ends early only if the server refuses.
 */
export async function watchExecution(execution: string, since: number, watching: Watching): Promise<void> {
  const { signal, open = opener(execution), look = looker(execution), take = takeSlot, pause = sleep } = watching;
  let cursor = since;
  let wait = SHORTEST_PAUSE;
  const isOver = () => signal.aborted;
  const takeIn = (events: readonly ExecutionEvent[]): boolean => {
    wait = SHORTEST_PAUSE;
    cursor = events.reduce((highest, event) => Math.max(highest, event.change_number), cursor);
    if (events.length > 0) watching.onEvents(events);
    return events.some((event) => event.kind === "end");
  };
  while (!isOver()) {
    await untilShown(signal);
    const sight = whileShown(signal);
    const release = await take();
    try {
      if (release === null) {
        if (takeIn(await look(cursor, sight.signal))) return;
        watching.onConnection("looking");
        await pause(LOOK_EVERY, sight.signal);
        continue;
      }
      for await (const events of read(open, cursor, sight.signal, () => watching.onConnection("live"))) if (takeIn(events)) return;
    } catch (error) {
      if (isOver()) return;
      if (sight.signal.aborted) continue;
      if (error instanceof ProblemError && !error.retryable && error.status < 500) throw error;
      if (error instanceof ProblemError && error.retryAfter !== undefined) wait = Math.max(wait, error.retryAfter * 1_000);
    } finally {
      sight.stop();
      release?.();
    }
    if (isOver()) return;
    watching.onConnection("lost");
    await pause(wait, signal);
    wait = Math.min(LONGEST_PAUSE, wait * 2);
  }
}

/** Returns what a stream would have sent since then. It reads the execution first: whatever had changed by then is among the assignments, which are read afterwards. */
function looker(execution: string) {
  const path = { execution_id: execution };
  return async (since: number, signal: AbortSignal): Promise<ExecutionEvent[]> => {
    const now = await exactAnswer<Execution>(api.GET("/api/v1/executions/{execution_id}", { params: { path, query: { run_data: false } }, parseAs: "text", signal }));
    const items = await assignmentsOf(execution, since, signal);
    const assignments = items.map((assignment) => ({ kind: "assignment" as const, change_number: assignment.change_number, assignment, execution: null }));
    const change = { change_number: now.change_number, execution: now, assignment: null };
    if (hasEnded(now.status)) return [...assignments, { ...change, kind: "end" }];
    return now.change_number > since ? [...assignments, { ...change, kind: "execution" }] : assignments;
  };
}

function opener(execution: string) {
  return (since: number, signal: AbortSignal) =>
    apiFetch(new Request(new URL(`/api/v1/executions/${execution}/events?since=${since}`, location.href), { headers: { Accept: "text/event-stream" }, cache: "no-store", signal }));
}

async function* read(open: NonNullable<Watching["open"]>, since: number, outer: AbortSignal, onOpen: () => void): AsyncGenerator<ExecutionEvent[]> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE);
  try {
    const response = await open(since, AbortSignal.any([outer, silence.signal]));
    if (!response.body) return;
    onOpen();
    const parser = new EventStreamParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE);
      const events = parser.push(value).map((event) => readAnswer(event.data) as ExecutionEvent);
      if (events.length > 0) yield events;
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Waits; ends early if the network comes back or the tab becomes visible. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = new AbortController();
    const wake = () => {
      clearTimeout(timer);
      done.abort();
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    if (signal.aborted) wake();
    signal.addEventListener("abort", wake, { signal: done.signal });
    globalThis.addEventListener("online", wake, { signal: done.signal });
  });
}
