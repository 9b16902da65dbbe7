import { describe, expect, it } from "vitest";
import type { Definition } from "../definition/types";
import type { LocalDraft } from "../draft/kept";
import { openingOf, type FoundDraft } from "./opening";

const named = (name: string): Definition => ({ name, nodes: [], connections: [] });
const published = { workflowId: "w", version: 2, definition: named("published"), source: null };
const server: FoundDraft = { id: "s", revision: 4, baseVersion: 2, base: published, definition: named("server"), source: null, broken: null, pins: {} };
const local: LocalDraft = { id: "s", revision: 4, base: published, definition: named("local"), source: null, broken: null, pins: {}, sending: null };
const opening = (given: Partial<Parameters<typeof openingOf>[0]>) => openingOf({ published, first: undefined, server: null, local: null, newId: () => "new", ...given });

describe("a builder begins with", () => {
  it("what was published, or the beginning of a new workflow", () => {
    expect(opening({})).toMatchObject({ definition: named("published"), isDraft: false, seen: { id: "new", revision: 0, content: null } });
    expect(opening({ first: { definition: named("template"), source: undefined } })).toMatchObject({ definition: named("template"), isDraft: false });
  });

  it("the draft of the server", () => {
    expect(opening({ server })).toMatchObject({ definition: named("server"), isDraft: true, seen: { id: "s", revision: 4, content: { definition: named("server") } } });
  });

  it("what this browser kept, if the server does not have it", () => {
    expect(opening({ server, local })).toMatchObject({ definition: named("local"), seen: { id: "s", revision: 4 } });
    expect(opening({ local: { ...local, revision: 0 } })).toMatchObject({ definition: named("local"), seen: { id: "s", revision: 0, content: null } });
  });

  it("the server's draft, if the last save of a closed tab came through", () => {
    const { seen, definition } = opening({ server: { ...server, revision: 5, definition: named("local") }, local });
    expect([definition, seen.revision]).toEqual([named("local"), 5]);
  });

  it("what this browser kept, as the next revision, if the save before it came through", () => {
    const { seen, definition } = opening({ server: { ...server, revision: 5 }, local: { ...local, sending: { definition: named("server"), source: null, broken: null } } });
    expect([definition, seen.revision]).toEqual([named("local"), 5]);
  });

  it("what this browser kept, with the revision that it knows, if another tab saved meanwhile: saving finds the conflict", () => {
    const { seen, definition } = opening({ server: { ...server, revision: 9 }, local });
    expect([definition, seen.revision]).toEqual([named("local"), 4]);
  });

  it("a draft of its own, if the draft was discarded elsewhere after this tab was closed", () => {
    expect(opening({ local })).toMatchObject({ definition: named("local"), seen: { id: "new", revision: 0, content: null } });
  });

  it("what was published, if that is what this browser kept", () => {
    expect(opening({ local: { ...local, definition: named("published") } })).toMatchObject({ isDraft: false });
  });
});
