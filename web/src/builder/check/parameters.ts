/** Checks parameters in the page, with the JSON Schema of their node type, as the API does. */

import { Validator, type OutputUnit } from "@cfworker/json-schema";
import type { PlacedError } from "../definition/errors";
import { measured } from "../../json/exactNumber";
import { readPlace, valueAt, type Place } from "../definition/place";
import type { NodeType, NodeTypes } from "../definition/nodeTypes";
import { wantedBy } from "../inspector/schemaKind";
import { isObject, type Definition, type Json, type JsonObject, type NodeDefinition } from "../definition/types";
import { writeJson } from "../../json/writeJson";

const validators = new WeakMap<JsonObject, Validator>();
const results = new WeakMap<NodeDefinition, { readonly type: NodeType; readonly errors: readonly PlacedError[] }>();

/** Returns the errors of all nodes' parameters. A node that has not changed is not checked again. */
export function parameterErrors(definition: Definition, types: NodeTypes): readonly PlacedError[] {
  return definition.nodes.flatMap((node) => {
    const type = types.of(node);
    if (type === undefined) return [];
    const known = results.get(node);
    if (known?.type === type) return known.errors;
    const errors = check(node, type);
    results.set(node, { type, errors });
    return errors;
  });
}

function check(node: NodeDefinition, type: NodeType): readonly PlacedError[] {
  const schema = type.parameters_schema;
  const validator = validators.get(schema) ?? new Validator(schema, "2020-12", false);
  validators.set(schema, validator);
  const parameters = node.parameters ?? {};
  const { errors } = validator.validate(measured(parameters));
  const reported = new Set<string>();
  return deepest(errors).flatMap((unit) => {
    const place = placeOf(unit);
    const field: Place = ["parameters", ...place];
    const key = JSON.stringify(field);
    if (reported.has(key) || (isTemplate(valueAt(parameters, place)) && !namesCredential(type, place))) return [];
    reported.add(key);
    return [{ severity: "error" as const, code: "bad_parameter", node: node.id, connection: null, field, ...words(unit, valueAt(parameters, place)) }];
  });
}

/** Whether a value is a template, whose result is known only when it is rendered. */
function isTemplate(value: Json | undefined): boolean {
  return typeof value === "string" && value.includes("{{");
}

/** Whether a parameter names a credential. Such a name is never a template: an input must not choose a secret. */
function namesCredential(type: NodeType, place: Place): boolean {
  const [name] = place;
  return place.length === 1 && typeof name === "string" && wantedBy(type.parameters_schema, valueAt(type.parameters_schema, ["properties", name])).kind.kind === "credential";
}

/** Returns the useful errors: those of values, not of the objects around them, and one for a union, not one for each branch. */
function deepest(errors: readonly OutputUnit[]): readonly OutputUnit[] {
  const unions = errors.filter((unit) => unit.keyword === "anyOf" || unit.keyword === "oneOf");
  return errors.filter((unit) => {
    if (["properties", "items", "prefixItems", "$ref", "allOf", "additionalProperties", "propertyNames"].includes(unit.keyword)) return unit.keyword === "additionalProperties" && isUnknownField(unit);
    return !unions.some((union) => union !== unit && unit.keywordLocation.startsWith(`${union.keywordLocation}/`));
  });
}

const UNKNOWN = /^Property "(.*)" does not match additional properties schema\.$/;

function isUnknownField(unit: OutputUnit): boolean {
  return unit.keywordLocation.endsWith("additionalProperties") && UNKNOWN.test(unit.error);
}

function placeOf(unit: OutputUnit): Place {
  const place = readPlace(unit.instanceLocation.replace(/^#/, "")).map((step) => (typeof step === "string" ? decodeURI(step) : step));
  const named = unit.keyword === "required" ? /required property "(.*)"/.exec(unit.error)?.[1] : unit.keyword === "additionalProperties" ? UNKNOWN.exec(unit.error)?.[1] : undefined;
  return named === undefined ? place : [...place, named];
}

const shown = (value: Json | undefined): string => (value === undefined ? "This" : writeJson(value).slice(0, 60));

function words(unit: OutputUnit, value: Json | undefined): { message: string; hint: string } {
  if (unit.keyword === "required") return { message: "This is missing.", hint: "Fill it in." };
  if (unit.keyword === "additionalProperties") return { message: "There is no such field.", hint: "Remove it, or correct its spelling." };
  if (unit.keyword === "minLength" && value === "") return { message: "This is empty.", hint: "Fill it in." };
  if (unit.keyword === "minItems") return { message: "There are too few.", hint: "Add one." };
  if (unit.keyword === "pattern") return { message: "This does not have the right form.", hint: "See what is said below the field." };
  if (unit.keyword === "anyOf" || unit.keyword === "type") return { message: `${isObject(value) ? "An object" : shown(value)} is of the wrong kind.`, hint: hintOfKind(unit) };
  return { message: unit.error, hint: HINTS.get(unit.keyword) ?? "Look at the description of the field." };
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ["enum", "Choose one of the values that the field offers."],
  ["const", "Choose the value that the field offers."],
  ["minimum", "Choose a larger number."],
  ["exclusiveMinimum", "Choose a larger number."],
  ["maximum", "Choose a smaller number."],
  ["exclusiveMaximum", "Choose a smaller number."],
  ["minLength", "Make it longer."],
  ["maxLength", "Shorten it."],
  ["maxItems", "Remove some."],
]);

const KINDS: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["integer", "a whole number"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["object", "an object"],
  ["null", "null"],
]);

/** What to write instead; the validator names the kinds that it expected. */
function hintOfKind(unit: OutputUnit): string {
  const expected = /Expected "(.*)"\.$/.exec(unit.error)?.[1]?.split('", "') ?? [];
  return expected.length === 0 ? "Choose one of the kinds that the field offers." : `Write ${expected.map((kind) => KINDS.get(kind) ?? kind).join(" or ")}.`;
}
