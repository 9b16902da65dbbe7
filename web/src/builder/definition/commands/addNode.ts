import { fieldOf } from "../../../json/fieldOf";
import type { Json, JsonObject, Definition, NodeDefinition } from "../types";
import { portsOf, resolved, type NodeType, type NodeTypes } from "../nodeTypes";
import { connectionRefusal } from "../connectionRules";
import { isObject } from "../types";
import { freshId, idFrom } from "../ids";

export interface Added {
  readonly definition: Definition;
  readonly id: string;
}

/** Returns the definition with a new node of a type, connected from the first free port of `after` if that is possible. */
export function addNode(definition: Definition, types: NodeTypes, type: NodeType, after: string | null): Added {
  const id = freshId(new Set(definition.nodes.map((node) => node.id)), idFrom(type.title || type.subtype));
  const parameters = startingParameters(type.parameters_schema);
  const node: NodeDefinition = {
    id,
    type: type.type,
    subtype: type.subtype,
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
    ...(type.queue !== "default" && type.queue !== "" ? { queue: type.queue } : {}),
  };
  const added: Definition = { ...definition, nodes: [...definition.nodes, node] };
  return { definition: after === null ? added : connectedAfter(added, types, after, node), id };
}

function connectedAfter(definition: Definition, types: NodeTypes, after: string, node: NodeDefinition): Definition {
  const from = definition.nodes.find((other) => other.id === after);
  if (from === undefined) return definition;
  const supplied = types.of(node)?.gives ?? [];
  const candidates =
    supplied.length > 0
      ? supplied.map((type) => ({ from: node.id, to: after, type }))
      : freePortsFirst(definition, from, portsOf(from, types.of(from))).map((port) => ({ from: after, ...(port === "main" ? {} : { port }), to: node.id }));
  const connection = candidates.find((candidate) => connectionRefusal(definition, types, candidate) === null);
  return connection === undefined ? definition : { ...definition, connections: [...definition.connections, connection] };
}

function freePortsFirst(definition: Definition, from: NodeDefinition, ports: readonly string[]): readonly string[] {
  const taken = new Set(definition.connections.filter((item) => item.from === from.id).map((item) => item.port ?? "main"));
  const usual = ports.filter((port) => port !== "error");
  return [...usual.filter((port) => !taken.has(port)), ...usual.filter((port) => taken.has(port))];
}

/** Makes the required containers, empty, so that their forms can be filled in. Required values stay missing, so that they are reported. */
export function startingParameters(schema: JsonObject, root: JsonObject = schema): JsonObject {
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const found = new Map<string, Json>();
  for (const name of required) {
    const property = resolved(root, isObject(schema.properties) ? fieldOf(schema.properties, name) : undefined);
    if (property === undefined) continue;
    const value = startingValue(property, root);
    if (value !== undefined) found.set(name, value);
  }
  return Object.fromEntries(found);
}

function startingValue(schema: JsonObject, root: JsonObject): Json | undefined {
  if (schema.default !== undefined) return undefined;
  if (schema.type === "object") return startingParameters(schema, root);
  if (schema.type !== "array") return undefined;
  const item = resolved(root, schema.items);
  const least = typeof schema.minItems === "number" ? schema.minItems : 0;
  if (item?.type !== "object") return [];
  return Array.from({ length: Math.min(least, 1) }, () => startingParameters(item, root));
}
