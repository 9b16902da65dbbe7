/** Faults of a definition, found by the server or by the page: which node, which connection and which field each is about. */

import { placeKey, readPlace, type Place } from "./place";
import { connectionKey, type Definition, type NodeId } from "./types";

/** As the API gives it. */
export interface Fault {
  readonly code: string;
  readonly place: string;
  readonly node_id?: string | null | undefined;
  readonly message: string;
  readonly mend: string;
}

export type Severity = "fault" | "warning";

/** A fault with what it points at in the definition that was looked at. */
export interface PlacedFault {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly mend: string;
  readonly node: NodeId | null;
  readonly connection: string | null;
  /** The steps below the node (`parameters`, `url`), or of the workflow itself. */
  readonly field: Place;
}

/** Each fault at its node, connection or field, by its place in the definition that was sent. */
export function placeFaults(definition: Definition, faults: readonly Fault[], severity: Severity): readonly PlacedFault[] {
  return faults.map((fault) => placed(definition, fault, severity));
}

function placed(definition: Definition, fault: Fault, severity: Severity): PlacedFault {
  const { code, message, mend } = fault;
  const steps = readPlace(fault.place);
  const [part, index, ...field] = steps;
  const known = fault.node_id != null && definition.nodes.some((node) => node.id === fault.node_id) ? fault.node_id : null;
  if (part === "nodes" && typeof index === "number") {
    const node = definition.nodes[index]?.id ?? known;
    return { severity, code, message, mend, node, connection: null, field };
  }
  if (part === "connections" && typeof index === "number") {
    const connection = definition.connections[index];
    return { severity, code, message, mend, node: known, connection: connection === undefined ? null : connectionKey(connection), field };
  }
  return { severity, code, message, mend, node: known, connection: null, field: known === null ? steps : [] };
}

/** The faults of each node; undefined where it has none, so that a node without faults is not drawn again. */
export function faultsByNode(faults: readonly PlacedFault[]): ReadonlyMap<NodeId, readonly PlacedFault[]> {
  const found = new Map<NodeId, PlacedFault[]>();
  for (const fault of faults) if (fault.node !== null) found.set(fault.node, [...(found.get(fault.node) ?? []), fault]);
  return found;
}

/** The faults at a field, by key of its place below the node or the workflow. */
export function faultsByField(faults: readonly PlacedFault[]): ReadonlyMap<string, readonly PlacedFault[]> {
  const found = new Map<string, PlacedFault[]>();
  for (const fault of faults) {
    const key = placeKey(fault.field);
    found.set(key, [...(found.get(key) ?? []), fault]);
  }
  return found;
}
