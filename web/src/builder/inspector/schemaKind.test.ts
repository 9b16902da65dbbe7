import { describe, expect, it } from "vitest";
import { convert, labelOf, wantedBy } from "./schemaKind";

const root = { $defs: { Rule: { type: "object", properties: { port: { type: "string" } }, required: ["port"] } } };
const kind = (schema: Parameters<typeof wantedBy>[1], name = ""): unknown => wantedBy(root, schema, name).kind;

describe("the control for a schema", () => {
  it.each([
    [{ type: "string" }, { kind: "text", isLine: false, isLong: false }],
    [{ type: "string", format: "interlock-expression" }, { kind: "expression" }],
    [{ type: "string", format: "interlock-credential" }, { kind: "credential" }],
    [{ type: "integer" }, { kind: "number", isWhole: true }],
    [{ enum: ["a", 1] }, { kind: "enum", options: ["a", 1] }],
    [{ type: "array", items: { type: "string" } }, { kind: "list", items: { type: "string" } }],
    [{ type: "object", additionalProperties: { type: "number" } }, { kind: "map", values: { type: "number" } }],
    [{ anyOf: [{ type: "integer" }, { type: "string" }, { type: "null" }] }, { kind: "any", allowed: ["number", "text", "null"] }],
    [{ anyOf: [{ const: "all" }, { enum: ["first"] }] }, { kind: "enum", options: ["all", "first"] }],
    [{ type: ["string", "null"] }, { kind: "text", isLine: false, isLong: false }],
  ])("of %j is %j", (schema, expected) => {
    expect(kind(schema)).toEqual(expected);
  });

  it("follows references and nullable ones", () => {
    expect(wantedBy(root, { anyOf: [{ $ref: "#/$defs/Rule" }, { type: "null" }], default: null })).toMatchObject({ isNullable: true, kind: { kind: "object" } });
    expect(kind({})).toMatchObject({ kind: "any" });
    expect(kind({ $ref: "#/$defs/NotThere" })).toMatchObject({ kind: "any" });
  });

  it("is long for code", () => {
    expect(kind({ type: "string" }, "code")).toEqual({ kind: "text", isLine: false, isLong: true });
  });

  it("is one line for names and for text with a pattern", () => {
    expect(kind({ type: "string" }, "name")).toMatchObject({ isLine: true });
    expect(kind({ type: "string", pattern: "^[a-z]+$" })).toMatchObject({ isLine: true });
  });
});

describe("converting", () => {
  it("keeps as much as possible", () => {
    expect(convert("12", "number")).toBe(12);
    expect(convert("x", "number")).toBe(0);
    expect(convert(12, "text")).toBe("12");
    expect(convert("a", "list")).toEqual(["a"]);
    expect(convert("a", "object")).toEqual({});
    expect(convert(undefined, "null")).toBeNull();
  });

  it("labels fields by their names", () => {
    expect([labelOf("timeout_seconds"), labelOf("url")]).toEqual(["Timeout seconds", "URL"]);
  });
});
