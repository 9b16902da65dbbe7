import { describe, expect, it } from "vitest";
import { toText } from "./definition/text";
import type { Definition } from "./definition/types";
import { importFile, isAsExported, isTextProblem } from "./files";

const LEVELS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const tenOf = (item: string): string => `[${Array.from({ length: 10 }, () => item).join(", ")}]`;
const bomb = [...LEVELS.map((level, index) => `${level}: &${level} ${tenOf(index === 0 ? "x" : `*${LEVELS[index - 1] ?? ""}`)}`), "nodes: []"].join("\n");

async function problemOf(content: BlobPart, name: string): Promise<string> {
  const read = await importFile(new File([content], name));
  return isTextProblem(read) ? read.problem : "none";
}

describe("a file that is imported", () => {
  it.each([
    ["bytes that are no UTF-8", new Uint8Array([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xff, 0xfe]), "a.yaml", "a.yaml: It is not text in UTF-8, or can no longer be read."],
    ["20 MB", new Uint8Array(20_000_000), "a.json", "a.json: It is larger than 1 MiB."],
    ["aliases that multiply", bomb, "a.yaml", "a.yaml: Its aliases stand for more than a definition can hold, or for themselves."],
    ["an alias of itself", "name: a\nnodes: &a [*a]\n", "a.yaml", "a.yaml: nodes[0] is not an object."],
    ["the same in JSON", "[".repeat(100_000), "a.json", "a.json: Line 1, column 502: It is nested too deep."],
    ["half an object", '{"name": "a",', "a.JSON", "a.JSON: Line 1, column 14: A key in double quotes is expected here."],
    ["something else", '{"name": "react", "version": "19.0.0"}', "package.json", "package.json: It has no nodes, so it is not a workflow."],
    ["a list", "- a\n- b\n", "a.yml", "a.yml: A definition is an object with name, nodes and connections."],
    ["nothing", "", "a.yaml", "a.yaml: A definition is an object with name, nodes and connections."],
  ])("is refused with its reason: %s", async (_what, content, name, problem) => {
    expect(await problemOf(content, name)).toBe(problem);
  });

  it("is refused if its brackets never close", async () => {
    expect(await problemOf("[".repeat(100_000), "a.yaml")).toMatch(/^a\.yaml: (Line 1, column \d+: )?It is nested too deep\.$/);
  });
});

describe("a file that was exported", () => {
  const definition: Definition = { name: "a", nodes: [{ id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" }], connections: [] };

  it("is known again, and another text of the same definition is not", () => {
    for (const syntax of ["yaml", "json"] as const) {
      const text = toText(definition, syntax);
      expect(isAsExported({ definition, source: { text, syntax } }, { definition })).toBe(true);
      expect(isAsExported({ definition, source: { text: `${text}\n`, syntax } }, { definition })).toBe(false);
      expect(isAsExported({ definition, source: { text, syntax } }, { definition, source: { text: `\n${text}`, syntax } })).toBe(false);
    }
  });
});
