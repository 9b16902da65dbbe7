import { describe, expect, it } from "vitest";
import { testTypes } from "../definition/catalog.fixture";
import type { Definition } from "../definition/types";
import { select } from "../draft/actions";
import { createBuilderStore, definitionOf } from "../draft/store";
import { createViewStore } from "../view/viewStore";
import type { CommandContext } from "./command";
import { nameOfKeys, shownKeys } from "./keys";
import { commandFor, COMMANDS, menuOf } from "./registry";

const definition: Definition = {
  name: "a",
  nodes: ["one", "two", "three"].map((id) => ({ id, type: "FLOW_NODE", subtype: "JOIN" })),
  connections: [{ from: "one", to: "two" }],
};

function contextOf(canEdit = true): CommandContext {
  const store = createBuilderStore({ types: testTypes, canEdit, base: { workflowId: "w", version: 1, definition } });
  return { store, view: createViewStore(), save: () => undefined, run: () => undefined, failed: () => undefined };
}

const here = { isTyping: false, singleKeys: true };
const pressed = (key: string, more: Partial<KeyboardEvent> = {}) => nameOfKeys({ key, code: "", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

describe("the commands", () => {
  it("have a key each, no two the same, and names of their own", () => {
    const keys = COMMANDS.flatMap((command) => command.keys);
    expect(COMMANDS.every((command) => command.keys.length > 0)).toBe(true);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(COMMANDS.map((command) => command.id)).size).toBe(COMMANDS.length);
    expect(new Set(COMMANDS.map((command) => command.title)).size).toBe(COMMANDS.length);
  });

  it("are found by the keys that are pressed", () => {
    expect([pressed("Z", { ctrlKey: true, shiftKey: true }), pressed("?", { shiftKey: true }), pressed("N", { shiftKey: true }), pressed("n")]).toEqual(["ctrl shift z", "?", "shift n", "n"]);
    expect(pressed("Ó", { altKey: true, shiftKey: true, code: "KeyH" })).toBe("alt shift h");
    expect(shownKeys("alt shift arrowleft")).toBe("Alt Shift ←");
    expect(commandFor("ctrl shift g", contextOf(), here)).toBeNull();
    expect(commandFor("n", contextOf(), here)?.id).toBe("add");
  });

  it("leave single letters to fields, to users who switched them off, and to users who may only read", () => {
    expect(commandFor("n", contextOf(), { ...here, isTyping: true })).toBeNull();
    expect(commandFor("n", contextOf(), { ...here, singleKeys: false })).toBeNull();
    expect(commandFor("n", contextOf(false), here)).toBeNull();
    expect(commandFor("ctrl a", contextOf(false), here)?.id).toBe("select all");
    expect(commandFor("ctrl c", contextOf(), here)).toBeNull(); // the browser's own event does it
  });

  it("are in the menus that they are for, if they can do something", () => {
    const context = contextOf();
    const names = () => menuOf("node", context).flat().map((command) => command.id);
    select(context.store, ["one"]);
    expect(names()).toEqual(expect.arrayContaining(["add", "rename", "duplicate", "group", "delete"]));
    expect(names()).not.toContain("align left");
    select(context.store, ["one", "two", "three"]);
    expect(names()).toEqual(expect.arrayContaining(["align left", "distribute x"]));
    expect(menuOf("canvas", context).flat().map((command) => command.id)).toEqual(expect.arrayContaining(["note", "paste", "tidy", "fit"]));
  });

  it("ask for a node in the selected connection", () => {
    const context = contextOf();
    select(context.store, [], ['["one","main","MAIN","two"]']);
    commandFor("n", context, here)?.run(context);
    expect(context.view.get().adding).toMatchObject({ into: '["one","main","MAIN","two"]', at: null });
  });

  it("group nodes and take them out again", () => {
    const context = contextOf();
    select(context.store, ["one", "two"]);
    commandFor("ctrl g", context, here)?.run(context);
    expect(definitionOf(context.store.get()).groups).toEqual([{ id: "group_1", name: "Group", nodes: ["one", "two"] }]);
    commandFor("ctrl shift g", context, here)?.run(context);
    expect(definitionOf(context.store.get()).groups).toBeUndefined();
  });
});
