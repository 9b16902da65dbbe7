import { describe, expect, it } from "vitest";
import { ProblemError } from "./problem";
import type { ExecutionEvent } from "./types";
import { watchExecution } from "./watchExecution";

const message = (change_number: number, kind = "assignment") => `id: ${change_number}\nevent: ${kind}\ndata: ${JSON.stringify({ change_number, kind })}\n\n`;

/** A server that answers each connection with one text and then closes it. */
function server(answers: readonly (string | Error)[]) {
  const asked: number[] = [];
  return {
    asked,
    open: (since: number) => {
      const answer = answers[asked.length];
      asked.push(since);
      if (answer === undefined) throw new Error("asked once too often");
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(new Response(answer));
    },
  };
}

async function watched(answers: readonly (string | Error)[]) {
  const { asked, open } = server(answers);
  const events: ExecutionEvent[] = [];
  const connection: boolean[] = [];
  const pauses: number[] = [];
  const work = watchExecution("e", 0, {
    signal: new AbortController().signal,
    open,
    onEvents: (some) => events.push(...some),
    onConnection: (open) => connection.push(open),
    pause: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
  });
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return { asked, numbers: events.map((event) => event.change_number), connection, pauses, error };
}

describe("watchExecution", () => {
  it("goes on from the last change that came in, without a gap", async () => {
    const seen = await watched([message(1) + message(2) + "id: 3\nevent: assign", message(3), new TypeError("network"), message(4, "end")]);
    expect(seen.asked).toEqual([0, 2, 3, 3]);
    expect(seen.numbers).toEqual([1, 2, 3, 4]);
    expect(seen.connection).toEqual([true, false, true, false, false, true]);
  });

  it("waits longer each time, and not for ever", async () => {
    const seen = await watched([...Array.from({ length: 8 }, () => new TypeError("network")), message(1, "end")]);
    expect(seen.pauses).toEqual([400, 800, 1600, 3200, 6400, 8000, 8000, 8000]);
  });

  it("gives up where the server refuses", async () => {
    const refused = new ProblemError({ status: 404, code: "IL001" });
    expect((await watched([refused])).error).toBe(refused);
  });

  it("tries again where the server is too busy", async () => {
    const busy = new ProblemError({ status: 503, code: "IL056", retryable: true });
    expect((await watched([busy, message(1, "end")])).numbers).toEqual([1]);
  });
});
