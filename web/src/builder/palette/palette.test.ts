import { describe, expect, it } from "vitest";
import { testTypes } from "../definition/catalog.fixture";
import type { NodeType } from "../definition/nodeTypes";
import { fittingTypes } from "./fitting";
import { paletteGroups } from "./groups";

const type = (title: string, description: string): NodeType => ({ ...(testTypes.all[0] as NodeType), type: "ACTION_NODE", subtype: title.toUpperCase().replaceAll(" ", "_"), title, description });
const names = (types: readonly NodeType[]) => types.map((item) => item.subtype);

describe("the search of the palette", () => {
  const types = [type("Fail", "Ends with an error code."), type("Run code", "Python."), type("Decode", ""), type("Code check", "")];

  it("puts matches of the title before those of the description", () => {
    expect(paletteGroups(types, "code")[0]?.types.map((item) => item.title)).toEqual(["Code check", "Run code", "Decode", "Fail"]);
  });

  it("finds what matches every word, and nothing else", () => {
    expect(paletteGroups(types, "run co")[0]?.types.map((item) => item.title)).toEqual(["Run code"]);
    expect(paletteGroups(types, "nothing")).toEqual([]);
    expect(paletteGroups(types, " ")).toHaveLength(1);
  });
});

describe("the types that fit", () => {
  const fitting = (adding: Partial<Parameters<typeof fittingTypes>[1]>, isAfter = false) => names(fittingTypes(testTypes.all, { begun: null, into: null, ...adding }, isAfter));

  it("are all on an empty place, and no trigger after a node", () => {
    expect(fitting({})).toEqual(names(testTypes.all));
    expect(fitting({}, true)).not.toContain("MANUAL");
  });

  it("follow from the connection that was drawn", () => {
    const after = fitting({ begun: { node: "a", handle: "out:main", kind: "source" } });
    expect(after).toContain("END");
    for (const name of ["MANUAL", "HTTP_TOOL"]) expect(after).not.toContain(name);
    const before = fitting({ begun: { node: "a", handle: "in", kind: "target" } });
    expect(before).toContain("MANUAL");
    for (const name of ["END", "HTTP_TOOL"]) expect(before).not.toContain(name);
    expect(fitting({ begun: { node: "a", handle: "takes:AI_TOOL", kind: "target" } })).toEqual(["HTTP_TOOL"]);
    expect(fitting({ begun: { node: "a", handle: "gives:AI_TOOL", kind: "source" } })).toEqual(["CLAUDE_NODE"]);
  });

  it("lead on, too, if they come into a connection", () => {
    const between = fitting({ into: "key" });
    for (const name of ["SWITCH", "TRANSFORM"]) expect(between).toContain(name);
    for (const name of ["MANUAL", "END", "HTTP_TOOL"]) expect(between).not.toContain(name);
  });
});
