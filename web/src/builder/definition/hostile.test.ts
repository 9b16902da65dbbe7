import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrange } from "../../graph/arrange";
import { parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { testTypes } from "./catalog.fixture";
import { moveNodes } from "./commands/moveNodes";
import { paste } from "./commands/paste";
import { pieceOf } from "./commands/piece";
import { removeNodes } from "./commands/removeNodes";
import { renameNode } from "./commands/renameNode";
import { renamePort, setNodeField } from "./commands/setField";
import { diffDefinitions, isSame } from "./diff";
import { mergeDefinitions } from "./merge";
import { portsOf } from "./nodeTypes";
import { patchText } from "./patch/patchText";
import { readDefinition } from "./read";
import { sameJson } from "./sameJson";
import { fromText, toText } from "./text";
import { isRefusal, type Definition } from "./types";

/** What every object has already, and what changes an object when it is set. */
const HOSTILE = ["constructor", "toString", "hasOwnProperty", "valueOf", "__proto__", "__defineGetter__", "isPrototypeOf", "prototype"] as const;
const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));

const hostile = fc.shuffledSubarray([...HOSTILE], { minLength: 2 }).map((names): Definition => {
  const [first = "", second = ""] = names;
  const text = writeJson({
    name: first,
    tags: names,
    nodes: [
      { id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" },
      { id: "choose", type: "FLOW_NODE", subtype: "SWITCH", parameters: { value: `nodes['${first}'].output`, cases: names.map((port) => ({ equals: port, port })) } },
      ...names.map((id, index) => ({ id, name: id, type: "ACTION_NODE", subtype: "TRANSFORM", parameters: { values: [`{{ nodes['${names[index - 1] ?? "start"}'].output }}`] } })),
    ],
    connections: [{ from: "start", to: "choose" }, ...names.map((id) => ({ from: "choose", port: id, to: id })), { from: first, to: second }],
  });
  // As text, because an object literal would take "__proto__" for its prototype.
  const keys = names.map((name) => `${JSON.stringify(name)}: {"x": 1}`).join(", ");
  const read = readDefinition(parseJson(text.replace('"values":[', `"kept":{${keys}},"values":[`)));
  if (isRefusal(read)) throw new Error(read.message);
  return read;
});

describe("ids, ports, keys and names that mean something in JavaScript", () => {
  it("are ids, ports, keys and names like all others, whatever is done with them", () => {
    fc.assert(
      fc.property(hostile, fc.nat(), (definition, pick) => {
        const id = definition.nodes[2 + (pick % (definition.nodes.length - 2))]?.id ?? "";
        for (const syntax of ["json", "yaml"] as const) expect(sameJson(fromText(toText(definition, syntax), syntax) as Definition, definition)).toBe(true);

        const { positions } = arrange(definition, testTypes);
        expect([...positions.keys()].toSorted()).toEqual(definition.nodes.map((node) => node.id).toSorted());
        const moved = moveNodes(definition, new Map([[id, { x: 1, y: 2 }]]));
        expect(moved.nodes.filter((node) => node.position !== undefined).map((node) => node.id)).toEqual([id]);

        const renamed = renameNode(definition, testTypes, id, "plain") as Definition;
        const back = renameNode(renamed, testTypes, "plain", id) as Definition;
        expect(sameJson(back, definition)).toBe(true);
        expect(isSame(diffDefinitions(definition, back))).toBe(true);
        expect(diffDefinitions(definition, setNodeField(definition, id, ["parameters", "toString"], 1)).changedNodes).toEqual([{ id, values: [{ path: "parameters.toString", before: undefined, after: 1 }] }]);

        const copied = paste(definition, testTypes, pieceOf(definition, new Set([id]), () => undefined, "w"), { x: 0, y: 0 }, true);
        expect(copied.ids).toEqual([`${id}_2`]);
        expect(removeNodes(definition, new Set([id])).nodes).toHaveLength(definition.nodes.length - 1);
        const choose = definition.nodes[1];
        if (choose === undefined) throw new Error("no node");
        expect(portsOf(choose, testTypes.of(choose))).toContain(id);
        expect(renamePort(definition, "choose", id, "other").connections.some((item) => item.port === "other")).toBe(true);

        const merged = mergeDefinitions(testTypes, definition, moved, renamed);
        expect(merged.definition.nodes.map((node) => node.id)).toContain("plain");
        const text = toText(definition, "yaml");
        expect(sameJson(fromText(patchText({ text, syntax: "yaml" }, moved), "yaml") as Definition, moved)).toBe(true);
        expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
        expect(({} as { x?: unknown }).x).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});
