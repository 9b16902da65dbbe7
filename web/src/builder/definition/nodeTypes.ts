/** The node types of the API, by name, and the ports of a node, from its type and its parameters. */

import { valueAt, valuesAt, readPlace } from "./place";
import { isObject, without, type ConnectionType, type Json, type JsonObject, type NodeDefinition } from "./types";

/** A node type as the API returns it. */
export interface NodeType {
  readonly type: string;
  readonly subtype: string;
  readonly title: string;
  readonly description: string;
  readonly kind: string;
  readonly ports: readonly string[];
  readonly ports_from: string | null;
  readonly takes: readonly string[];
  readonly gives: readonly string[];
  readonly is_trigger: boolean;
  readonly waits: boolean;
  readonly queue: string;
  readonly parameters_schema: JsonObject;
  readonly needs_credential: readonly string[];
}

export class NodeTypes {
  readonly all: readonly NodeType[];
  private readonly byName: ReadonlyMap<string, NodeType>;

  constructor(types: readonly NodeType[]) {
    this.all = types;
    this.byName = new Map(types.map((type) => [`${type.type}/${type.subtype}`, type]));
  }

  /** The type of a node; undefined if this server has none of that name. */
  of(node: Pick<NodeDefinition, "type" | "subtype">): NodeType | undefined {
    return this.byName.get(`${node.type}/${node.subtype}`);
  }
}

/** Returns the ports that a node leaves through, in the order in which they are drawn. */
export function portsOf(node: NodeDefinition, type: NodeType | undefined): readonly string[] {
  const ports = type === undefined ? ["main"] : [...type.ports, ...portsFromParameters(node, type)];
  if (node.on_error === "continue" && !ports.includes("main")) ports.push("main");
  if (node.on_error === "port") ports.push("error");
  return [...new Set(ports)];
}

/** A `default` beside the list of ports is a port too: SWITCH and ROUTER have one. */
function portsFromParameters(node: NodeDefinition, type: NodeType): readonly string[] {
  if (type.ports_from === null || type.ports_from === "") return [];
  return type.ports_from.split(/[\s,]+/).flatMap((pointer) => {
    const named = valuesAt(node.parameters, pointer).filter((value): value is string => typeof value === "string" && value !== "");
    const star = readPlace(pointer).indexOf("*");
    if (star < 1) return named;
    const beside = [...readPlace(pointer).slice(0, star - 1), "default"];
    const fallback = valueAt(node.parameters, beside) ?? defaultOf(type.parameters_schema, beside);
    return typeof fallback === "string" && fallback !== "" ? [...named, fallback] : named;
  });
}

function defaultOf(schema: JsonObject, place: readonly (string | number)[]): Json | undefined {
  let current: Json | undefined = schema;
  for (const step of place) current = resolved(schema, valueAt(current, ["properties", step]));
  return isObject(current) ? current.default : undefined;
}

/** Returns a schema, or the one that its `$ref` names. */
export function resolved(root: JsonObject, schema: Json | undefined): JsonObject | undefined {
  let current = schema;
  for (let depth = 0; depth < 20 && isObject(current); depth += 1) {
    const ref = current.$ref;
    if (typeof ref !== "string" || !ref.startsWith("#")) return current;
    const target = ref === "#" ? root : valueAt(root, readPlace(ref.slice(1)));
    current = isObject(target) ? { ...target, ...without(current, "$ref") } : undefined;
  }
  return undefined;
}

/** The capabilities that it supplies. */
export function gives(type: NodeType | undefined): readonly ConnectionType[] {
  return (type?.gives ?? []) as readonly ConnectionType[];
}

/** The capabilities that it uses. */
export function takes(type: NodeType | undefined): readonly ConnectionType[] {
  return (type?.takes ?? []) as readonly ConnectionType[];
}

/** Whether a node only supplies capabilities, so that nothing flows through it. */
export function isSupplier(node: NodeDefinition, type: NodeType | undefined): boolean {
  return gives(type).length > 0 && portsOf(node, type).filter((port) => port !== "error").length === 0;
}
