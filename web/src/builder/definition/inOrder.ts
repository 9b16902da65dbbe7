/** Puts the keys of a definition into the order in which people write them. The server does not keep their order. */

import { fieldOf } from "../../json/fieldOf";
import { isObject, type Definition, type Json, type JsonObject } from "./types";

/** Puts the keys of one list first, those of another last, and the rest between them, unchanged. */
interface Order {
  readonly first: readonly string[];
  readonly last: readonly string[];
}

const WORKFLOW: Order = { first: ["name", "description", "tags"], last: ["nodes", "connections"] };
const NODE: Order = { first: ["id", "name", "type", "subtype", "parameters"], last: ["position"] };
const CONNECTION: Order = { first: ["from", "port", "type", "to"], last: [] };

export function inOrder(definition: Definition): JsonObject {
  const raw = definition as unknown as JsonObject;
  return sorted({ ...raw, nodes: each(raw.nodes, NODE), connections: each(raw.connections, CONNECTION) }, WORKFLOW);
}

function each(items: Json | undefined, order: Order): Json {
  return Array.isArray(items) ? items.map((item: Json) => (isObject(item) ? sorted(item, order) : item)) : (items ?? []);
}

function sorted(item: JsonObject, { first, last }: Order): JsonObject {
  const between = Object.keys(item).filter((key) => !first.includes(key) && !last.includes(key));
  return Object.fromEntries(
    [...first, ...between, ...last].flatMap((key) => {
      const value = fieldOf(item, key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
