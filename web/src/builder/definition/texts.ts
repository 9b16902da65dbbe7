/** The texts of a node in which other nodes are named: expressions, templates, and ids themselves. Which they are, the schema of its type says. */

import { fieldOf } from "../../json/fieldOf";
import { resolved, type NodeType } from "./nodeTypes";
import type { Place } from "./place";
import { isList, isObject, type Json, type JsonObject, type NodeDefinition } from "./types";

export type TextKind = "expression" | "template" | "node";

export interface NamingText {
  readonly kind: TextKind;
  readonly place: Place;
  readonly text: string;
}

const FORMATS: ReadonlyMap<Json | undefined, TextKind> = new Map([
  ["interlock-expression", "expression"],
  ["interlock-node", "node"],
]);

/** Returns them with their places in the node. Texts of an unknown type count as templates, as on the server. */
export function namingTexts(node: NodeDefinition, type: NodeType | undefined): readonly NamingText[] {
  const found: NamingText[] = [];
  const root = type?.parameters_schema;
  const properties = root !== undefined && isObject(root.properties) ? new Map(Object.entries(root.properties)) : new Map<string, Json>();
  for (const [name, value] of Object.entries(node.parameters ?? {})) {
    const schema = root === undefined ? undefined : resolved(root, properties.get(name));
    found.push(...textsIn(root ?? {}, schema, value, ["parameters", name], schema?.["x-interlock-template"] !== false));
  }
  if (typeof node.lock === "string" && node.lock.includes("{{")) found.push({ kind: "template", place: ["lock"], text: node.lock });
  return found;
}

function textsIn(root: JsonObject, schema: JsonObject | undefined, value: Json | undefined, place: Place, isRendered: boolean): readonly NamingText[] {
  const branches = branchesOf(root, schema);
  if (typeof value === "string") {
    const kind = branches.map((branch) => FORMATS.get(branch.format)).find((format) => format !== undefined);
    if (kind !== undefined) return [{ kind, place, text: value }];
    return isRendered && value.includes("{{") ? [{ kind: "template", place, text: value }] : [];
  }
  if (isList(value)) return value.flatMap((item, position) => textsIn(root, merged(root, branches.map((branch) => branch.items)), item, [...place, position], isRendered));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(root, merged(root, branches.map((branch) => propertyOf(branch, key))), item, [...place, key], isRendered));
}

function propertyOf(schema: JsonObject, key: string): Json | undefined {
  const properties = isObject(schema.properties) ? schema.properties : {};
  return fieldOf(properties, key) ?? schema.additionalProperties;
}

/** Returns the schemas that a value can have: those of a union, or the one. */
function branchesOf(root: JsonObject, schema: JsonObject | undefined, depth = 0): readonly JsonObject[] {
  if (schema === undefined || depth > 20) return [];
  const union = [schema.anyOf, schema.oneOf, schema.allOf].find(isList);
  return union === undefined ? [schema] : union.flatMap((branch) => branchesOf(root, resolved(root, branch), depth + 1));
}

function merged(root: JsonObject, schemas: readonly (Json | undefined)[]): JsonObject | undefined {
  const found = schemas.map((schema) => resolved(root, schema)).filter((schema) => schema !== undefined);
  return found.length > 1 ? { anyOf: found } : found[0];
}
