import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Definition } from "../definition/types";
import type { DraftContent, LocalDraft } from "../draft/kept";
import { Keeper, type Keeping, type SendOutcome } from "./keeper";

const published: Definition = { name: "a", nodes: [], connections: [] };
const PINS = {};
const content = (name: string): DraftContent => ({ base: { workflowId: "w", version: 1, definition: published }, definition: { ...published, name }, source: null, broken: null, pins: PINS });

/** A keeper with a server and a storage that tests look into. */
function keeping(outcomes: (SendOutcome | Promise<SendOutcome>)[] = []) {
  let now: DraftContent | null = null;
  let told: Keeping = { status: "nothing", problem: null, isLocal: false };
  let local: LocalDraft | null = null;
  let ids = 0;
  const sent: [id: string, revision: number, name: string, isLast: boolean][] = [];
  const removed: [string, number][] = [];
  const begun: string[] = [];
  const keeper = new Keeper(
    {
      read: () => now,
      send: (id, revision, { definition }, isLast) => {
        sent.push([id, revision, definition.name, isLast]);
        return Promise.resolve(outcomes.shift() ?? { revision: revision + 1 });
      },
      remove: (id, revision) => {
        removed.push([id, revision]);
        return Promise.resolve(true);
      },
      keep: (draft) => {
        local = draft;
        return true;
      },
      forget: () => {
        local = null;
      },
      tell: (next) => {
        told = next;
      },
      newId: () => `new${(ids += 1)}`,
      begun: (id) => begun.push(id),
    },
    { id: "d", revision: 0, content: null },
  );
  const type = (name: string | null) => {
    now = name === null ? null : content(name);
    keeper.changed();
  };
  return { keeper, type, sent, removed, begun, told: () => told, local: () => local };
}

describe("the keeper of a draft", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it("saves a second after the last change, and keeps it here until the server has it", async () => {
    const { type, sent, told, local, begun } = keeping();
    type("one");
    await pass(600);
    type("two");
    expect([sent, told().status, local()?.definition.name, begun]).toEqual([[], "saving", "one", ["d"]]);
    await pass(1_000);
    expect([sent, told().status, local()]).toEqual([[["d", 0, "two", false]], "saved", null]);
    type("three");
    await pass(1_000);
    expect(sent.at(-1)).toEqual(["d", 1, "three", false]);
  });

  it("saves somebody who types without a pause, too", async () => {
    const { type, sent } = keeping();
    for (let count = 0; count < 30; count += 1) {
      type(`text ${count}`);
      await pass(200);
    }
    expect(sent.length).toBeGreaterThanOrEqual(1);
  });

  it("saves at once when the page is hidden, by a request that outlives it", async () => {
    const { keeper, type, sent } = keeping();
    type("one");
    keeper.flush(true);
    await pass(0);
    expect(sent).toEqual([["d", 0, "one", true]]);
  });

  it("keeps what is written while a save is under way, with what that save brings", async () => {
    let answer: (outcome: SendOutcome) => void = () => undefined;
    const { keeper, type, sent, local } = keeping([new Promise<SendOutcome>((resolve) => (answer = resolve))]);
    type("one");
    await pass(1_000);
    type("two");
    keeper.flush(true);
    expect(sent).toHaveLength(1);
    expect(local()).toMatchObject({ definition: { name: "two" }, revision: 0, sending: { definition: { name: "one" } } });
    answer({ revision: 1 });
    await pass(1_000);
    expect(sent.at(-1)).toEqual(["d", 1, "two", false]);
  });

  it("loses nothing while the server is away, and sends it when it is back", async () => {
    const away = Array.from({ length: 7 }, () => ({ failed: "offline", afterMs: null }) as const);
    const { type, sent, told, local } = keeping([...away]);
    type("one");
    await pass(1_100);
    expect(told()).toMatchObject({ status: "offline", isLocal: true });
    type("two");
    await pass(300);
    expect(local()?.definition.name).toBe("two");
    await pass(80_000);
    expect([sent.at(-1), told().status, local()]).toEqual([["d", 0, "two", false], "saved", null]);
  });

  it("tries again at once when the network is back", async () => {
    const { keeper, type, told } = keeping([{ failed: "offline", afterMs: 60_000 }]);
    type("one");
    await pass(1_100);
    keeper.retry();
    await pass(10);
    expect(told().status).toBe("saved");
  });

  it("stops when another tab saved it, and goes on from there when that was decided", async () => {
    const { keeper, type, sent, told, local } = keeping([{ failed: "elsewhere" }]);
    type("mine");
    await pass(1_000);
    expect(told().status).toBe("elsewhere");
    type("mine too");
    await pass(30_000);
    expect([sent.length, local()?.definition.name]).toEqual([1, "mine too"]);
    keeper.continueFrom({ id: "other", revision: 4, content: content("theirs") });
    await pass(1_000);
    expect([sent.at(-1), told().status]).toEqual([["other", 4, "mine too", false], "saved"]);
  });

  it("begins another draft if it was discarded elsewhere", async () => {
    const { type, sent, begun } = keeping([{ revision: 1 }, { failed: "gone" }]);
    type("one");
    await pass(1_000);
    type("two");
    await pass(2_100);
    expect([sent.at(-1), begun]).toEqual([["new1", 0, "two", false], ["d", "new1"]]);
  });

  it("deletes the draft when it is as published again", async () => {
    const { type, removed, told, local } = keeping();
    type("one");
    await pass(1_000);
    type(null);
    await pass(1_000);
    expect([removed, told().status, local()]).toEqual([[["d", 1]], "nothing", null]);
  });

  it("says why the server refuses it, and keeps it here", async () => {
    const { type, told, local } = keeping([{ failed: "refused", problem: "You have 100 drafts." }]);
    type("one");
    await pass(1_300);
    expect(told()).toEqual({ status: "refused", problem: "You have 100 drafts.", isLocal: true });
    expect(local()).not.toBeNull();
  });

  it("tries no more when the builder was left and the server is away", async () => {
    const { keeper, type, sent, local } = keeping([{ failed: "offline", afterMs: null }]);
    type("one");
    keeper.close();
    await pass(60_000);
    expect([sent.length, local()?.definition.name]).toEqual([1, "one"]);
  });
});
