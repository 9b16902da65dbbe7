/** Which control a JSON Schema needs. */

import { ExactNumber, numberFrom } from "../../json/exactNumber";
import { resolved } from "../definition/nodeTypes";
import { isList, isObject, without, type Json, type JsonObject } from "../definition/types";

export type ValueKind = "text" | "number" | "boolean" | "null" | "list" | "object";

export type SchemaKind =
  | { readonly kind: "enum"; readonly options: readonly Json[] }
  | { readonly kind: "boolean" }
  | { readonly kind: "number"; readonly isWhole: boolean }
  | { readonly kind: "text"; readonly isLong: boolean; readonly isLine: boolean }
  | { readonly kind: "expression" }
  | { readonly kind: "credential" }
  | { readonly kind: "list"; readonly items: JsonObject }
  | { readonly kind: "object"; readonly properties: readonly (readonly [string, JsonObject])[]; readonly required: ReadonlySet<string> }
  | { readonly kind: "map"; readonly values: JsonObject }
  | { readonly kind: "any"; readonly allowed: readonly ValueKind[] };

export interface Wanted {
  readonly schema: JsonObject;
  readonly isNullable: boolean;
  readonly kind: SchemaKind;
}

const ALL: readonly ValueKind[] = ["text", "number", "boolean", "null", "list", "object"];

/** Returns the kind of control for a schema. A value with several shapes is a free value of these shapes. */
export function wantedBy(root: JsonObject, raw: Json | undefined, name = ""): Wanted {
  const schema = resolved(root, raw) ?? {};
  const branches = branchesOf(root, schema);
  if (branches === null) return { schema, isNullable: false, kind: plainKind(root, schema, name) };
  const others = branches.filter((branch) => branch.type !== "null");
  const isNullable = others.length < branches.length;
  const [only] = others;
  if (others.length === 1 && only !== undefined) {
    const inner = wantedBy(root, { ...only, ...without(schema, "anyOf", "oneOf", "type") }, name);
    return { ...inner, isNullable };
  }
  const literals = others.flatMap((branch) => (isList(branch.enum) ? branch.enum : branch.const === undefined ? [] : [branch.const]));
  if (others.length > 0 && others.every((branch) => isList(branch.enum) || branch.const !== undefined)) return { schema, isNullable, kind: { kind: "enum", options: literals } };
  const allowed = [...new Set(branches.flatMap(kindsOf))];
  return { schema, isNullable, kind: { kind: "any", allowed } };
}

function branchesOf(root: JsonObject, schema: JsonObject): readonly JsonObject[] | null {
  const union = isList(schema.anyOf) ? schema.anyOf : isList(schema.oneOf) ? schema.oneOf : null;
  if (union !== null) return union.map((branch) => resolved(root, branch) ?? {});
  return isList(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : null;
}

function plainKind(root: JsonObject, schema: JsonObject, name: string): SchemaKind {
  if (isList(schema.enum)) return { kind: "enum", options: schema.enum };
  if (schema.const !== undefined) return { kind: "enum", options: [schema.const] };
  switch (schema.type) {
    case "boolean":
      return { kind: "boolean" };
    case "integer":
    case "number":
      return { kind: "number", isWhole: schema.type === "integer" };
    case "string":
      return textKind(schema, name);
    case "array":
      return { kind: "list", items: isObject(schema.items) ? schema.items : {} };
    case "object":
      return objectKind(root, schema);
    default:
      return isObject(schema.properties) ? objectKind(root, schema) : { kind: "any", allowed: ALL };
  }
}

const LONG = new Set(["code", "query", "body", "message", "prompt", "instructions", "description"]);

function textKind(schema: JsonObject, name: string): SchemaKind {
  if (schema.format === "interlock-expression") return { kind: "expression" };
  if (schema.format === "interlock-credential") return { kind: "credential" };
  return { kind: "text", isLine: schema.pattern !== undefined || name === "name", isLong: LONG.has(name) || (typeof schema.maxLength === "number" && schema.maxLength > 10_000) };
}

function objectKind(root: JsonObject, schema: JsonObject): SchemaKind {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  if (properties.length > 0) {
    const required = new Set(isList(schema.required) ? schema.required.map(String) : []);
    return { kind: "object", properties: properties.map(([name, property]) => [name, resolved(root, property) ?? {}] as const), required };
  }
  return { kind: "map", values: isObject(schema.additionalProperties) ? schema.additionalProperties : {} };
}

function kindsOf(branch: JsonObject): readonly ValueKind[] {
  if (isList(branch.enum)) return branch.enum.map(kindOfValue);
  switch (branch.type) {
    case "string":
      return ["text"];
    case "integer":
    case "number":
      return ["number"];
    case "boolean":
      return ["boolean"];
    case "null":
      return ["null"];
    case "array":
      return ["list"];
    case "object":
      return ["object"];
    default:
      return ALL;
  }
}

export function kindOfValue(value: Json | undefined): ValueKind {
  if (value === null || value === undefined) return "null";
  if (isList(value)) return "list";
  if (isObject(value)) return "object";
  return typeof value === "string" ? "text" : typeof value === "number" || value instanceof ExactNumber ? "number" : "boolean";
}

/** Returns a first value of a kind, as close as possible to the one before. */
export function convert(value: Json | undefined, kind: ValueKind): Json {
  switch (kind) {
    case "text":
      return typeof value === "string" ? value : value === undefined || value === null || isList(value) || isObject(value) ? "" : String(value);
    case "number":
      return typeof value === "string" ? (numberFrom(value.trim()) ?? 0) : kindOfValue(value) === "number" ? (value as number) : 0;
    case "boolean":
      return value === true || value === "true";
    case "null":
      return null;
    case "list":
      return isList(value) ? value : value === undefined || value === null || value === "" ? [] : [value];
    case "object":
      return isObject(value) ? value : {};
  }
}

/** Makes a label from a name: `timeout_seconds` becomes "Timeout seconds". */
export function labelOf(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  if (words === "id" || words === "url" || words === "json") return words.toUpperCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
