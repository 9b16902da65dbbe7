import { connectionKey, type Definition } from "../types";

/** Returns the definition without the connections with these keys. */
export function removeConnections(definition: Definition, keys: ReadonlySet<string>): Definition {
  const kept = definition.connections.filter((connection) => !keys.has(connectionKey(connection)));
  return kept.length === definition.connections.length ? definition : { ...definition, connections: kept };
}
