import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nameProblem, VISIBLE } from "./names";

describe("names", () => {
  it.each([" ", "\u00a0", "\u200b", "\u200d", "a ", " a", "a\u202eb", "\ufe0f", "a\tb", "\u3164", "\u0085"])("of blanks or invisible characters are refused: %j", (name) => {
    expect(nameProblem(name)).toContain("can be seen");
  });

  it.each(["", "a", "Zwei Wörter", "日本語 の", "👩\u200d👩\u200d👧", "❤\ufe0f", "می\u200cخواهم"])("in any language are taken: %j", (name) => {
    expect(nameProblem(name)).toBeNull();
  });

  it("have the server's pattern", () => {
    const schema = readFileSync(new URL("../../../../src/interlock/definition/workflow.schema.json", import.meta.url), "utf8");
    const { $defs } = JSON.parse(schema) as { $defs: { NodeDefinition: { properties: { name: { anyOf: { pattern?: string }[] } } } } };
    expect($defs.NodeDefinition.properties.name.anyOf[0]?.pattern).toBe(VISIBLE);
  });
});
