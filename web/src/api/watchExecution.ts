import { apiFetch } from "./client";
import { ProblemError } from "./problem";
import { EventStreamParser } from "./serverSentEvents";
import type { ExecutionEvent } from "./types";

export interface Watching {
  /** New events, in their order; called with what came in together. */
  readonly onEvents: (events: readonly ExecutionEvent[]) => void;
  /** Whether the stream is open now. */
  readonly onConnection: (open: boolean) => void;
  readonly signal: AbortSignal;
  readonly open?: (since: number, signal: AbortSignal) => Promise<Response>;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The server says something at least every 15 seconds; after so long without a word the connection counts as lost. */
const SILENCE = 35_000;
const SHORTEST_PAUSE = 400;
const LONGEST_PAUSE = 8_000;

/**
 * Every change of an execution after a change number, until its end. A lost connection is opened again from the last change that came in, so that nothing
 * is missed and nothing is lost; it gives up only where the server refuses.
 */
export async function watchExecution(execution: string, since: number, watching: Watching): Promise<void> {
  const { signal, open = opener(execution), pause = sleep } = watching;
  let cursor = since;
  let wait = SHORTEST_PAUSE;
  const isOver = () => signal.aborted;
  while (!isOver()) {
    try {
      for await (const events of read(open, cursor, signal, () => watching.onConnection(true))) {
        wait = SHORTEST_PAUSE;
        cursor = events.reduce((highest, event) => Math.max(highest, event.change_number), cursor);
        watching.onEvents(events);
        if (events.some((event) => event.kind === "end")) return;
      }
    } catch (error) {
      if (isOver()) return;
      if (error instanceof ProblemError && !error.retryable && error.status < 500) throw error;
    }
    if (isOver()) return;
    watching.onConnection(false);
    await pause(wait, signal);
    wait = Math.min(LONGEST_PAUSE, wait * 2);
  }
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
      const events = parser.push(value).map((event) => JSON.parse(event.data) as ExecutionEvent);
      if (events.length > 0) yield events;
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
