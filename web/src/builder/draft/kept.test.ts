import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ExactNumber } from "../../json/exactNumber";
import type { Definition } from "../definition/types";
import { forgetLocally, keepLocally, localDraft, type LocalDraft } from "./kept";

const ada = { userId: "ada", workspaceId: 1 };
const published: Definition = { name: "a", nodes: [{ id: "one", type: "FLOW_NODE", subtype: "JOIN" }], connections: [] };
const draft: LocalDraft = {
  id: "d",
  revision: 3,
  base: { workflowId: "w", version: 2, definition: published },
  definition: { ...published, nodes: [{ id: "one", type: "ACTION_NODE", subtype: "TRANSFORM", parameters: { values: { n: new ExactNumber("7615917337495251231") } } }] },
  source: { text: "# mine\nname: a\n", syntax: "yaml" },
  broken: null,
  pins: {},
  sending: null,
};

describe("a draft in the browser's storage", () => {
  const storage = new Map<string, string>();
  beforeEach(() => {
    storage.clear();
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => void storage.set(key, value),
      removeItem: (key: string) => void storage.delete(key),
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("comes back as it was, with its numbers and its text", () => {
    expect(keepLocally(ada, draft)).toBe(true);
    expect(localDraft(ada, "w")).toEqual(draft);
  });

  it("belongs to its user, its workspace and its workflow only", () => {
    keepLocally(ada, draft);
    expect(localDraft({ userId: "ben", workspaceId: 1 }, "w")).toBeNull();
    expect(localDraft({ userId: "ada", workspaceId: 2 }, "w")).toBeNull();
    expect(localDraft(ada, "v")).toBeNull();
  });

  it("has its own id where there is no workflow yet, and goes when it is forgotten", () => {
    keepLocally(ada, { ...draft, base: { workflowId: null, version: null, definition: published } });
    expect(localDraft(ada, "d")).not.toBeNull();
    forgetLocally(ada, "d");
    expect(localDraft(ada, "d")).toBeNull();
  });

  it("says if there is no room, and is none if it was damaged", () => {
    storage.set("interlock.draft.1.ada.w", "{");
    expect(localDraft(ada, "w")).toBeNull();
    vi.stubGlobal("localStorage", {
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    expect(keepLocally(ada, draft)).toBe(false);
  });
});
