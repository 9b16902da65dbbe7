import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffDefinitions, isSame } from "./diff";
import { errorsByField, placeErrors } from "./errors";
import { edit, redo, startHistory, undo } from "./history";
import { placeKey, readPlace, valueAt, withValueAt } from "./place";
import type { Definition } from "./types";

describe("undo and redo", () => {
  it("go back to the beginning and forward to the end, whatever was done", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ value: fc.nat(), topic: fc.option(fc.constantFrom("a", "b")), wait: fc.nat(3000) }), { maxLength: 50 }), (edits) => {
        let at = 1_000;
        let history = startHistory(-1);
        for (const step of edits) history = edit(history, step.value, step.topic, (at += step.wait));
        const last = history.now;
        for (let step = 0; step < 60; step += 1) history = undo(history);
        expect(history.now).toBe(-1);
        for (let step = 0; step < 60; step += 1) history = redo(history);
        expect(history.now).toBe(last);
      }),
    );
  });

  it("take typing into one field as one step, and a pause as two", () => {
    let history = startHistory("");
    history = edit(history, "a", "name", 1_000);
    history = edit(history, "ab", "name", 1_200);
    history = edit(history, "abc", "name", 9_000);
    expect(undo(history).now).toBe("ab");
    expect(undo(undo(history)).now).toBe("");
  });

  it("forget undone edits after a new edit", () => {
    const history = edit(undo(edit(startHistory(1), 2, null, 1)), 3, null, 2);
    expect(redo(history).now).toBe(3);
  });
});

const before: Definition = {
  name: "a",
  nodes: [
    { id: "x", type: "A", subtype: "B", parameters: { url: "old", list: [1, 2] } },
    { id: "y", type: "A", subtype: "B" },
    { id: "z", type: "A", subtype: "B" },
  ],
  connections: [{ from: "x", to: "y" }, { from: "y", to: "z" }],
};

describe("the difference of two versions", () => {
  it("names added, removed and changed nodes and connections", () => {
    const after: Definition = {
      ...before,
      description: "new",
      nodes: [{ id: "x", type: "A", subtype: "B", parameters: { list: [1, 3], url: "new" } }, { id: "y", type: "A", subtype: "B" }, { id: "w", type: "A", subtype: "B" }],
      connections: [{ from: "x", to: "y", port: "main" }, { from: "y", to: "w" }],
    };
    const found = diffDefinitions(before, after);
    expect(found.addedNodes.map((node) => node.id)).toEqual(["w"]);
    expect(found.removedNodes.map((node) => node.id)).toEqual(["z"]);
    expect(found.changedNodes).toEqual([
      {
        id: "x",
        values: [
          { path: "parameters.url", before: "old", after: "new" },
          { path: "parameters.list[1]", before: 2, after: 3 },
        ],
      },
    ]);
    expect(found.addedConnections).toEqual([{ from: "y", to: "w" }]);
    expect(found.removedConnections).toEqual([{ from: "y", to: "z" }]);
    expect(found.workflow).toEqual([{ path: "description", before: undefined, after: "new" }]);
    expect(isSame(found)).toBe(false);
  });

  it("is empty between equal ones, and reports another order", () => {
    expect(isSame(diffDefinitions(before, structuredClone(before)))).toBe(true);
    expect(diffDefinitions(before, { ...before, connections: before.connections.toReversed() }).reordered).toBe(true);
  });
});

describe("places of errors", () => {
  it("are read as pointers and as paths", () => {
    expect(readPlace("/nodes/2/parameters/a~1b")).toEqual(["nodes", 2, "parameters", "a/b"]);
    expect(readPlace("nodes[2].parameters.url")).toEqual(["nodes", 2, "parameters", "url"]);
    expect(readPlace('nodes[2].parameters["a.b"].c')).toEqual(["nodes", 2, "parameters", "a.b", "c"]);
    expect(readPlace("")).toEqual([]);
  });

  it("lead to their node, field, connection, or the workflow", () => {
    const error = (place: string, node_id: string | null = null) => ({ code: "c", place, node_id, message: "m", hint: "" });
    const found = placeErrors(
      before,
      [error("/nodes/0/parameters/url", "x"), error("/connections/1"), error("/tags/0"), error("", null), error("/nodes/99/id", "y")],
      "error",
    );
    expect(found.map((item) => [item.node, item.connection !== null, placeKey(item.field)])).toEqual([
      ["x", false, "/parameters/url"],
      [null, true, ""],
      [null, false, "/tags/0"],
      [null, false, ""],
      ["y", false, "/id"],
    ]);
    expect(errorsByField(found).get("/parameters/url")).toHaveLength(1);
  });

  it("can be read and set", () => {
    expect(withValueAt({ a: [{ b: 1 }] }, ["a", 0, "b"], 2)).toEqual({ a: [{ b: 2 }] });
    expect(withValueAt({ a: [1, 2] }, ["a", 0], undefined)).toEqual({ a: [2] });
    expect(withValueAt(undefined, ["a", "b"], 1)).toEqual({ a: { b: 1 } });
    expect(valueAt({ a: [1] }, ["a", "x"])).toBeUndefined();
    expect(valueAt({}, ["toString"])).toBeUndefined();
  });
});
