import { connectionKey, type Definition } from "../types";

/** The definition without the connections of these keys. */
export function removeConnections(definition: Definition, keys: ReadonlySet<string>): Definition {
  const kept = definition.connections.filter((connection) => !keys.has(connectionKey(connection)));
  return kept.length === definition.connections.length ? definition : { ...definition, connections: kept };
}
