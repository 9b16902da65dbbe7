import { describe, expect, it } from "vitest";
import { testTypes } from "../builder/definition/catalog.fixture";
import { readExample, readExamples } from "./examples";
import { pictureOf, TILE } from "./picture";

const examples = readExamples();

describe("the examples of the gallery", () => {
  it("are six to eight, each with words, what it shows and an input", () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
    expect(examples.length).toBeLessThanOrEqual(8);
    for (const { key, definition, shows, input } of examples) {
      expect(definition.description, key).toMatch(/\.$/);
      expect(shows, key).toMatch(/^.{40,}\.$/);
      expect(Object.keys(input).length, key).toBeGreaterThan(0);
    }
  });

  it("begin with the easiest one", () => {
    expect(examples[0]?.key).toBe("expense_report");
  });

  it("have names of their own", () => {
    expect(new Set(examples.map(({ definition }) => definition.name)).size).toBe(examples.length);
  });

  it("are read with the input and the words of their first lines", () => {
    const text = "# One.\n#\n#   interlock run examples/one.yaml --input '{\"a\": 1}'\n#\n# Shows: this,\n# and that.\nname: One\nnodes: []\n";
    expect(readExample({ key: "one", text })).toMatchObject({ shows: "this, and that.", input: { a: 1 } });
  });
});

describe("the picture of an example", () => {
  it.each(examples.map((example) => [example.key, example] as const))("of %s shows every node once, apart from the others, and every connection", (_, { definition }) => {
    const { tiles, strokes } = pictureOf(definition, testTypes);
    expect(tiles.map(({ id }) => id)).toEqual(definition.nodes.map(({ id }) => id));
    const jumps = definition.nodes.filter(({ subtype }) => subtype === "GOTO").length;
    expect(strokes.length).toBe(definition.connections.length + jumps);
    for (const [index, one] of tiles.entries())
      for (const other of tiles.slice(index + 1)) expect(Math.abs(one.x - other.x) >= TILE || Math.abs(one.y - other.y) >= TILE, `${one.id} ${other.id}`).toBe(true);
  });

  it("has room for everything in it", () => {
    for (const { definition } of examples) {
      const { tiles, box } = pictureOf(definition, testTypes);
      const [left = 0, top = 0, width = 0, height = 0] = box.split(" ").map(Number);
      for (const { x, y } of tiles) expect(x > left && y > top && x + TILE < left + width && y + TILE < top + height).toBe(true);
    }
  });
});
