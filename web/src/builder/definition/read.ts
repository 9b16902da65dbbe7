/** Turns raw JSON into a definition that can be drawn, or says why it cannot. Unknown fields stay in it. */

import { isList, isObject, isRefusal, refuse, type ConnectionDefinition, type Definition, type Json, type JsonObject, type NodeDefinition, type Refusal } from "./types";

/**
 * Returns the definition in a raw value. It checks only what drawing needs: ids, ends of connections, texts. The server checks the rest.
 * As on the server, a `ConnectionsMap` becomes a list of connections, and `critical` and a `custom_config` beside the parameters are replaced by what
 * they stand for.
 */
export function readDefinition(raw: unknown): Definition | Refusal {
  if (!isObject(raw)) return refuse("not-an-object", "A definition is an object with name, nodes and connections.");
  const nodes = readNodes(raw.nodes ?? []);
  if (isRefusal(nodes)) return nodes;
  const connections = readConnections(raw.connections ?? []);
  if (isRefusal(connections)) return connections;
  const name = raw.name ?? "";
  if (typeof name !== "string") return refuse("bad-name", "name is not text.");
  return { ...raw, name, nodes, connections };
}

function readNodes(raw: Json): readonly NodeDefinition[] | Refusal {
  if (!isList(raw)) return refuse("nodes-not-a-list", "nodes is not a list.");
  const seen = new Set<string>();
  const nodes: NodeDefinition[] = [];
  for (const [position, item] of raw.entries()) {
    const node = readNode(item, `nodes[${position}]`);
    if (isRefusal(node)) return node;
    if (seen.has(node.id)) return refuse("duplicate-node", `nodes[${position}] has the id “${node.id}”, which another node has before it.`);
    seen.add(node.id);
    nodes.push(node);
  }
  return nodes;
}

function readNode(item: Json, place: string): NodeDefinition | Refusal {
  if (!isObject(item)) return refuse("bad-node", `${place} is not an object.`);
  const missing = (["id", "type", "subtype"] as const).find((key) => typeof item[key] !== "string" || item[key] === "");
  if (missing !== undefined) return refuse("bad-node", `${place} has no ${missing}.`);
  if (item.parameters !== undefined && !isObject(item.parameters)) return refuse("bad-node", `${place}.parameters is not an object.`);
  return withoutOtherSpellings(item) as NodeDefinition;
}

/** Rewrites the two spellings that the server reads and does not keep. Contradictions stay as they are: the server reports them. */
function withoutOtherSpellings(item: JsonObject): JsonObject {
  let node = item;
  if (typeof node.critical === "boolean") {
    const { critical, ...rest } = node;
    const onError = critical ? "fail" : "continue";
    if ((rest.on_error ?? onError) === onError) node = critical ? rest : { ...rest, on_error: onError };
  }
  if (node.custom_config !== undefined) {
    const { custom_config, ...rest } = node;
    const parameters = isObject(rest.parameters) ? rest.parameters : {};
    if (parameters.custom_config === undefined) node = { ...rest, parameters: { ...parameters, custom_config } };
  }
  return node;
}

function readConnections(raw: Json): readonly ConnectionDefinition[] | Refusal {
  const items = isObject(raw) ? fromMap(raw) : raw;
  if (isRefusal(items)) return items;
  if (!isList(items)) return refuse("connections-not-a-list", "connections is neither a list nor a map.");
  for (const [position, item] of items.entries()) {
    const ends = isObject(item) && typeof item.from === "string" && typeof item.to === "string";
    if (!ends) return refuse("bad-connection", `connections[${position}] has no from and to.`);
    for (const key of ["port", "type"] as const)
      if (item[key] !== undefined && typeof item[key] !== "string") return refuse("bad-connection", `connections[${position}].${key} is not text.`);
  }
  return items as readonly ConnectionDefinition[];
}

/** Reads a `ConnectionsMap`, whose keys are the receiving nodes. */
function fromMap(map: JsonObject): readonly Json[] | Refusal {
  const found: Json[] = [];
  for (const [receiver, groups] of Object.entries(map)) {
    const types = isObject(groups) ? groups.connection_types : undefined;
    if (!isObject(types)) return refuse("bad-connection", `connections.${receiver} has no connection_types.`);
    for (const [typeName, group] of Object.entries(types)) {
      const suppliers = isObject(group) ? group.connections : undefined;
      if (!isList(suppliers)) return refuse("bad-connection", `connections.${receiver}.connection_types.${typeName} has no list of connections.`);
      for (const supplier of suppliers) {
        if (!isObject(supplier)) return refuse("bad-connection", `A connection of ${receiver} is not an object.`);
        const { node, type, ...rest } = supplier;
        const upper = (typeof type === "string" ? type : typeName).toUpperCase();
        found.push({ from: node, to: receiver, ...(upper === "MAIN" ? {} : { type: upper }), ...rest });
      }
    }
  }
  return found;
}
