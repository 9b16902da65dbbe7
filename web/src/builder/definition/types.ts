/** The definition of a workflow in the builder: the JSON itself, frozen, with all fields that the builder does not know. */

import { ExactNumber } from "../../json/exactNumber";
import type { Json, JsonObject } from "../../json/json";

export type { Json, JsonObject };

export const CONNECTION_TYPES = [
  "MAIN",
  "AI_AGENT",
  "AI_CHAIN",
  "AI_DOCUMENT",
  "AI_EMBEDDING",
  "AI_LANGUAGE_MODEL",
  "AI_MEMORY",
  "AI_OUTPUT_PARSER",
  "AI_RETRIEVER",
  "AI_RERANKER",
  "AI_TEXT_SPLITTER",
  "AI_TOOL",
  "AI_VECTOR_STORE",
] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];

export type NodeId = string;

/** One node; other fields are kept as they are. */
export interface NodeDefinition extends JsonObject {
  readonly id: NodeId;
  readonly name?: string | null;
  readonly type: string;
  readonly subtype: string;
  readonly parameters?: JsonObject;
}

/** One connection; `port` and `type` are left out where they are `main` and `MAIN`. */
export interface ConnectionDefinition extends JsonObject {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly port?: string;
  readonly type?: string;
}

export interface Definition extends JsonObject {
  readonly name: string;
  readonly nodes: readonly NodeDefinition[];
  readonly connections: readonly ConnectionDefinition[];
}

/** Why something is not possible: a sentence for people and a code for programs. */
export interface Refusal {
  readonly refused: string;
  readonly message: string;
}

export function refuse(refused: string, message: string): Refusal {
  return { refused, message };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "refused" in value && typeof value.refused === "string";
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** Returns the object without some of its keys. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

export function portOf(connection: ConnectionDefinition): string {
  return connection.port ?? "main";
}

export function typeOf(connection: ConnectionDefinition): string {
  return connection.type ?? "MAIN";
}

/** Returns the same key for equal connections, however they are written. */
export function connectionKey(connection: ConnectionDefinition): string {
  return JSON.stringify([connection.from, portOf(connection), typeOf(connection), connection.to]);
}

/** Returns the node with this id. */
export function findNode(definition: Definition, id: NodeId): NodeDefinition | undefined {
  return definition.nodes.find((node) => node.id === id);
}

/** Returns the name of a node that people see. */
export function titleOf(node: NodeDefinition): string {
  return typeof node.name === "string" && node.name !== "" ? node.name : node.id;
}
