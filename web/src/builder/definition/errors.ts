/** Errors of a definition, found by the server or by the page: which node, which connection and which field each is about. */

import { placeKey, readPlace, type Place } from "./place";
import { connectionKey, type Definition, type NodeId } from "./types";

/** An error as the API returns it. */
export interface DefinitionError {
  readonly code: string;
  readonly place: string;
  readonly node_id?: string | null | undefined;
  readonly message: string;
  readonly hint: string;
}

export type Severity = "error" | "warning";

/** An error with the node, connection or field that it is about, in the definition that was checked. */
export interface PlacedError {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly node: NodeId | null;
  readonly connection: string | null;
  /** The steps below the node (`parameters`, `url`) or below the workflow. */
  readonly field: Place;
}

/** Finds the node, connection or field of each error, by its place in the definition that was sent. */
export function placeErrors(definition: Definition, errors: readonly DefinitionError[], severity: Severity): readonly PlacedError[] {
  return errors.map((error) => placed(definition, error, severity));
}

function placed(definition: Definition, error: DefinitionError, severity: Severity): PlacedError {
  const { code, message, hint } = error;
  const steps = readPlace(error.place);
  const [part, index, ...field] = steps;
  const known = error.node_id != null && definition.nodes.some((node) => node.id === error.node_id) ? error.node_id : null;
  if (part === "nodes" && typeof index === "number") {
    const node = definition.nodes[index]?.id ?? known;
    return { severity, code, message, hint, node, connection: null, field };
  }
  if (part === "connections" && typeof index === "number") {
    const connection = definition.connections[index];
    return { severity, code, message, hint, node: known, connection: connection === undefined ? null : connectionKey(connection), field };
  }
  return { severity, code, message, hint, node: known, connection: null, field: known === null ? steps : [] };
}

/** Returns the errors of each node. A node without errors has no entry, so it is not drawn again. */
export function errorsByNode(errors: readonly PlacedError[]): ReadonlyMap<NodeId, readonly PlacedError[]> {
  const found = new Map<NodeId, PlacedError[]>();
  for (const error of errors) if (error.node !== null) found.set(error.node, [...(found.get(error.node) ?? []), error]);
  return found;
}

/** Returns the errors of each field, by the key of its place below the node or the workflow. */
export function errorsByField(errors: readonly PlacedError[]): ReadonlyMap<string, readonly PlacedError[]> {
  const found = new Map<string, PlacedError[]>();
  for (const error of errors) {
    const key = placeKey(error.field);
    found.set(key, [...(found.get(key) ?? []), error]);
  }
  return found;
}
