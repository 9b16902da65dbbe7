import { describe, expect, it } from "vitest";
import { ProblemError } from "./problem";
import type { ExecutionEvent } from "./types";
import { watchExecution, type Connection } from "./watchExecution";

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
  const connection: Connection[] = [];
  const pauses: number[] = [];
  const work = watchExecution("e", 0, {
    signal: new AbortController().signal,
    open,
    onEvents: (some) => events.push(...some),
    take: () => Promise.resolve(() => undefined),
    onConnection: (state) => connection.push(state),
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
  it("continues from the last change that arrived, without a gap", async () => {
    const seen = await watched([message(1) + message(2) + "id: 3\nevent: assign", message(3), new TypeError("network"), message(4, "end")]);
    expect(seen.asked).toEqual([0, 2, 3, 3]);
    expect(seen.numbers).toEqual([1, 2, 3, 4]);
    expect(seen.connection).toEqual(["live", "lost", "live", "lost", "lost", "live"]);
  });

  it("waits longer each time, up to a limit", async () => {
    const seen = await watched([...Array.from({ length: 8 }, () => new TypeError("network")), message(1, "end")]);
    expect(seen.pauses).toEqual([400, 800, 1600, 3200, 6400, 8000, 8000, 8000]);
  });

  it("ends if the server refuses", async () => {
    const refused = new ProblemError({ status: 404, code: "IL001" });
    expect((await watched([refused])).error).toBe(refused);
  });

  it("tries again if the server is too busy", async () => {
    const busy = new ProblemError({ status: 503, code: "IL056", retryable: true });
    expect((await watched([busy, message(1, "end")])).numbers).toEqual([1]);
  });
});

describe("watchExecution, if other tabs hold all streams", () => {
  const event = (change_number: number, kind: ExecutionEvent["kind"] = "assignment"): ExecutionEvent => ({ change_number, kind, execution: null, assignment: null });

  it("asks for changes, and streams as soon as a stream is free", async () => {
    const slots = [null, null, () => undefined];
    const looks = [[event(1), event(2)], []];
    const asked: string[] = [];
    const numbers: number[] = [];
    const connection: Connection[] = [];
    await watchExecution("e", 0, {
      signal: new AbortController().signal,
      take: () => Promise.resolve(slots.shift() ?? null),
      look: (since) => {
        asked.push(`look ${since}`);
        return Promise.resolve(looks.shift() ?? []);
      },
      open: (since) => {
        asked.push(`stream ${since}`);
        return Promise.resolve(new Response(message(3, "end")));
      },
      onEvents: (some) => numbers.push(...some.map((each) => each.change_number)),
      onConnection: (state) => connection.push(state),
      pause: () => Promise.resolve(),
    });
    expect(asked).toEqual(["look 0", "look 2", "stream 2"]);
    expect(numbers).toEqual([1, 2, 3]);
    expect(connection).toEqual(["looking", "looking", "live"]);
  });

  it("returns each slot", async () => {
    let held = 0;
    await watchExecution("e", 0, {
      signal: new AbortController().signal,
      take: () => {
        held++;
        return Promise.resolve(() => {
          held--;
        });
      },
      open: () => Promise.resolve(new Response(message(1, "end"))),
      onEvents: () => undefined,
      onConnection: () => undefined,
    });
    expect(held).toBe(0);
  });
});
