import { afterEach, describe, expect, it } from "vitest";
import { testTypes } from "../definition/catalog.fixture";
import type { Definition } from "../definition/types";
import { forgetDraft, keepDraft, keptDraft } from "./kept";
import { change, createBuilderStore } from "./store";

const saved: Definition = { name: "a", nodes: [{ id: "one", type: "FLOW_NODE", subtype: "JOIN" }], connections: [] };
const edited: Definition = { ...saved, description: "mine" };

function drawing(definition: Definition, canEdit = true) {
  const store = createBuilderStore({ types: testTypes, canEdit, base: { workflowId: "w", version: 3, definition: saved } });
  change(store, definition);
  return store.get();
}

describe("a draft at the end of a session", () => {
  afterEach(forgetDraft);

  it("is kept, with the version that it is based on", () => {
    keepDraft("ada", drawing(edited));
    expect(keptDraft("ada", "w")).toMatchObject({ definition: edited, base: { version: 3 } });
  });

  it("belongs to its user and its workflow only", () => {
    keepDraft("ada", drawing(edited));
    expect(keptDraft("ben", "w")).toBeNull();
    expect(keptDraft("ada", "v")).toBeNull();
    expect(keptDraft("ada", null)).toBeNull();
  });

  it("is not kept if nothing was changed, or if the user may not edit", () => {
    keepDraft("ada", drawing(saved));
    keepDraft("ada", drawing(edited, false));
    expect(keptDraft("ada", "w")).toBeNull();
  });
});
