import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { testTypes } from "../definition/catalog.fixture";
import type { Definition } from "../definition/types";
import { ExactNumber } from "../../json/exactNumber";
import { forgetDraft, isDraftStored, keepDraft, keptDraft, storeDraft } from "./kept";
import { change, createBuilderStore } from "./store";

const saved: Definition = { name: "a", nodes: [{ id: "one", type: "FLOW_NODE", subtype: "JOIN" }], connections: [] };
const edited: Definition = { ...saved, description: "mine" };
const ada = { userId: "ada", workspaceId: 1 };
const elsewhere = { userId: "ada", workspaceId: 2 };
const ben = { userId: "ben", workspaceId: 1 };

function drawing(definition: Definition, canEdit = true) {
  const store = createBuilderStore({ types: testTypes, canEdit, base: { workflowId: "w", version: 3, definition: saved } });
  change(store, definition);
  return store.get();
}

describe("a draft at the end of a session", () => {
  afterEach(() => forgetDraft(ada));

  it("is kept, with the version that it is based on", () => {
    keepDraft(ada, drawing(edited));
    expect(keptDraft(ada, "w")).toMatchObject({ definition: edited, base: { version: 3 } });
  });

  it("belongs to its user, its workspace and its workflow only", () => {
    keepDraft(ada, drawing(edited));
    expect(keptDraft(ben, "w")).toBeNull();
    expect(keptDraft(elsewhere, "w")).toBeNull();
    expect(keptDraft(ada, "v")).toBeNull();
    expect(keptDraft(ada, null)).toBeNull();
  });

  it("is not kept if nothing was changed, or if the user may not edit", () => {
    keepDraft(ada, drawing(saved));
    keepDraft(ada, drawing(edited, false));
    expect(keptDraft(ada, "w")).toBeNull();
  });
});

describe("a draft whose page is loaded again", () => {
  const storage = new Map<string, string>();

  beforeEach(() => {
    storage.clear();
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => void storage.set(key, value),
      removeItem: (key: string) => void storage.delete(key),
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("is kept for its user, workspace and workflow, with its numbers as they are", () => {
    const exact: Definition = { ...edited, nodes: [{ id: "one", type: "ACTION_NODE", subtype: "TRANSFORM", parameters: { values: { n: new ExactNumber("7615917337495251231") } } }] };
    expect(storeDraft(ada, drawing(exact))).toBe("a");
    expect(isDraftStored()).toBe(true);
    expect(keptDraft(ada, "w")).toMatchObject({ definition: exact, base: { workflowId: "w", version: 3, definition: saved } });
    for (const other of [ben, elsewhere]) expect(keptDraft(other, "w")).toBeNull();
  });

  it("outlives a draft of another workspace, and goes when it was opened", () => {
    storeDraft(ada, drawing(edited));
    forgetDraft(elsewhere);
    expect(keptDraft(ada, "w")).not.toBeNull();
    forgetDraft(ada);
    expect(keptDraft(ada, "w")).toBeNull();
  });

  it("is none if nothing was changed, or if there is no place for it", () => {
    expect(storeDraft(ada, drawing(saved))).toBeNull();
    vi.stubGlobal("sessionStorage", {
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    expect(storeDraft(ada, drawing(edited))).toBeNull();
  });
});
