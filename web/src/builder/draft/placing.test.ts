import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testTypes } from "../definition/catalog.fixture";
import { positionOf } from "../definition/position";
import { connectionKey, type Definition } from "../definition/types";
import { arrange } from "../../graph/arrange";
import { add, connect, copied, duplicate, move, pasteText, remove, rename, select, setField } from "./actions";
import { groupSelected, putNote, renameGroup, writeNote } from "./drawing";
import { createBuilderStore, definitionOf, stepBack, stepForth, undoable, type BuilderStore } from "./store";

const ids = Array.from({ length: 8 }, (_, number) => `n${number}`);
const definition: Definition = {
  name: "a",
  nodes: [{ id: "constructor", type: "TRIGGER_NODE", subtype: "MANUAL" }, ...ids.map((id) => ({ id, type: "FLOW_NODE", subtype: "IF" }))],
  connections: [{ from: "constructor", to: "n0" }, ...ids.slice(1).map((to, index) => ({ from: ids[Math.floor(index / 2)] ?? "", port: index % 2 === 0 ? "true" : "false", to }))],
};
const open = (drawn = definition): BuilderStore => createBuilderStore({ types: testTypes, canEdit: true, base: { workflowId: "w", version: 1, definition: drawn } });
const shown = (store: BuilderStore) => store.get().history.now.positions;
const typeOf = (subtype: string) => testTypes.all.find((type) => type.subtype === subtype) ?? testTypes.all[0];

/** The nodes that were there before, were not meant, and stand elsewhere now. */
function moved(before: ReadonlyMap<string, unknown>, store: BuilderStore, meant: readonly string[] = []): string[] {
  const after = shown(store);
  return [...before].filter(([id, point]) => !meant.includes(id) && after.has(id) && JSON.stringify(after.get(id)) !== JSON.stringify(point)).map(([id]) => id);
}

describe("nodes that nobody touched", () => {
  it("never move, whatever is done, and stand where they stood when the page is loaded again", () => {
    const deed = fc.oneof(
      fc.record({ kind: fc.constant("add" as const), subtype: fc.constantFrom("WAIT", "IF", "TRANSFORM", "HTTP_TOOL"), after: fc.nat(20) }),
      fc.record({ kind: fc.constant("insert" as const), subtype: fc.constantFrom("WAIT", "IF"), after: fc.nat(20) }),
      fc.record({ kind: fc.constantFrom("duplicate" as const, "delete" as const, "connect" as const, "ports" as const, "move" as const, "undo" as const), after: fc.nat(20) }),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 12 }), async (deeds) => {
        const store = open();
        for (const item of deeds) {
          const before = shown(store);
          const all = definitionOf(store.get()).nodes.map((node) => node.id);
          const one = all[item.after % all.length] ?? "";
          const other = all[(item.after * 7 + 1) % all.length] ?? "";
          let meant: string[] = [];
          select(store, [one]);
          const connections = definitionOf(store.get()).connections;
          const key = connections[item.after % Math.max(1, connections.length)];
          if (item.kind === "add") add(store, typeOf(item.subtype) as never);
          else if (item.kind === "insert" && key !== undefined) add(store, typeOf(item.subtype) as never, { into: connectionKey(key) });
          else if (item.kind === "duplicate") await duplicate(store);
          else if (item.kind === "delete" && all.length > 2) remove(store, new Set([one]), new Set());
          else if (item.kind === "connect") connect(store, { from: one, to: other, port: "true" });
          else if (item.kind === "ports") setField(store, one, ["on_error"], "port");
          else if (item.kind === "move") {
            meant = [one];
            move(store, new Map([[one, { x: 2_000, y: 0 }]]));
          } else if (item.kind === "undo") {
            stepBack(store);
            stepForth(store);
          }
          expect(moved(before, store, meant)).toEqual([]);
          expect(arrange(definitionOf(store.get()), testTypes).positions).toEqual(shown(store));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("get no position while only their parameters change", () => {
    const store = open();
    setField(store, "n0", ["parameters", "condition"], "x > 1");
    expect(definitionOf(store.get()).nodes.some((node) => positionOf(node) !== undefined)).toBe(false);
  });

  it("keep their places when one of them is renamed", async () => {
    const store = open();
    const before = shown(store);
    await rename(store, "n3", "renamed");
    expect(moved(before, store)).toEqual([]);
    expect(shown(store).get("renamed")).toEqual(before.get("n3"));
  });
});

describe("a node that is added", () => {
  it("is placed, selected, brought into sight and connected to what was selected", () => {
    const store = open();
    select(store, ["n7"]);
    const id = add(store, typeOf("WAIT") as never);
    const { selection, focus } = store.get();
    expect([[...selection.nodes], focus?.ids]).toEqual([[id], [id]]);
    expect(positionOf(definitionOf(store.get()).nodes.at(-1) as never)).toEqual(shown(store).get(id));
    expect(definitionOf(store.get()).connections.at(-1)).toEqual({ from: "n7", port: "true", to: id });
  });

  it("comes into a connection, whose ends it connects", () => {
    const store = open();
    const id = add(store, typeOf("WAIT") as never, { into: '["n0","true","MAIN","n1"]' });
    const ends = definitionOf(store.get()).connections.filter((item) => item.from === id || item.to === id);
    expect(ends).toEqual([{ from: "n0", port: "true", to: id }, { from: id, to: "n1" }]);
    expect(definitionOf(store.get()).connections.some((item) => item.from === "n0" && item.to === "n1")).toBe(false);
  });
});

describe("undo", () => {
  it("names each step as a person would", async () => {
    const store = open();
    const steps: string[] = [];
    const note = () => steps.push(undoable(store.get()));
    note();
    select(store, ["n7"]);
    add(store, typeOf("WAIT") as never);
    note();
    move(store, new Map([["n0", { x: 5, y: 5 }]]));
    note();
    move(store, new Map(ids.slice(0, 3).map((id, index) => [id, { x: 900, y: 900 * index }])));
    note();
    select(store, ["n1", "n2"]);
    await pasteText(store, copied(store) ?? "");
    note();
    await duplicate(store);
    note();
    remove(store, new Set(["n1"]), new Set());
    note();
    setField(store, "n0", ["parameters", "condition"], "x");
    note();
    select(store, ["n2", "n3"]);
    groupSelected(store);
    note();
    expect(steps).toEqual(["", "add WAIT", "move n0", "move 3 nodes", "paste 2 nodes", "duplicate 2 nodes", "delete n1", "edit n0: condition", "group 2 nodes"]);
  });
});

describe("notes and groups", () => {
  it("are part of the definition, and follow what happens to their nodes", async () => {
    const store = open();
    const id = putNote(store, { x: 13, y: 7 });
    writeNote(store, id, "# Why");
    select(store, ["n1", "n2"]);
    groupSelected(store);
    renameGroup(store, "group_1", "Pair");
    await rename(store, "n1", "first");
    expect(definitionOf(store.get())).toMatchObject({ notes: [{ id: "note_1", text: "# Why", position: { x: 20, y: 0 } }], groups: [{ name: "Pair", nodes: ["first", "n2"] }] });
    remove(store, new Set(["first"]), new Set());
    expect(definitionOf(store.get()).groups).toMatchObject([{ nodes: ["n2"] }]);
    remove(store, new Set(["n2"]), new Set(), new Set([id]));
    expect(definitionOf(store.get()).groups).toBeUndefined();
    expect(definitionOf(store.get()).notes).toBeUndefined();
    stepBack(store);
    expect(definitionOf(store.get()).notes).toHaveLength(1);
  });

  it("take a node out of its group when it comes into another one", () => {
    const store = open();
    select(store, ["n1", "n2"]);
    groupSelected(store);
    select(store, ["n2", "n3"]);
    groupSelected(store);
    expect(definitionOf(store.get()).groups).toMatchObject([{ nodes: ["n1"] }, { nodes: ["n2", "n3"] }]);
  });
});
