/** The places of a node's handles. They follow from the definition alone, so nothing has to be measured before it is drawn. */

import { Position, type NodeHandle } from "@xyflow/react";
import { gives, isSupplier, portsOf, takes, type NodeType } from "../builder/definition/nodeTypes";
import type { NodeDefinition } from "../builder/definition/types";
import { NODE_WIDTH, nodeHeight, PORT_HEIGHT, PORTS_TOP } from "./layout";

export interface Outlets {
  readonly ports: readonly string[];
  readonly takes: readonly string[];
  readonly gives: readonly string[];
  readonly hasInput: boolean;
  /** Ports have rows of their own if there are several to distinguish. */
  readonly portsAreNamed: boolean;
}

export interface HandlePlace {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly position: Position;
  readonly kind: "source" | "target";
  readonly label: string;
}

export const INPUT = "in";
export const portHandle = (port: string): string => `out:${port}`;
export const givesHandle = (type: string): string => `gives:${type}`;
export const takesHandle = (type: string): string => `takes:${type}`;

/** Returns the port and the type that a handle stands for. */
export function readHandle(handle: string | null | undefined): { port: string; type: string } {
  if (handle?.startsWith("out:") === true) return { port: handle.slice(4), type: "MAIN" };
  if (handle?.startsWith("gives:") === true) return { port: "main", type: handle.slice(6) };
  if (handle?.startsWith("takes:") === true) return { port: "main", type: handle.slice(6) };
  return { port: "main", type: "MAIN" };
}

/** Returns the handles of a node. `used` are ports and capabilities of existing connections that its type does not have. */
export function outletsFor(node: NodeDefinition, type: NodeType | undefined, used: { ports: readonly string[]; takes: readonly string[]; gives: readonly string[]; input: boolean }): Outlets {
  const ports = [...new Set([...portsOf(node, type), ...used.ports])];
  const isOnlySupplier = isSupplier(node, type);
  return {
    ports,
    takes: [...new Set([...takes(type), ...used.takes])],
    gives: [...new Set([...gives(type), ...used.gives])],
    hasInput: used.input || (type?.is_trigger !== true && !isOnlySupplier),
    portsAreNamed: ports.length > 1 || (ports.length === 1 && ports[0] !== "main"),
  };
}

export function handlesOf(outlets: Outlets): { readonly height: number; readonly places: readonly HandlePlace[] } {
  const height = nodeHeight(outlets.portsAreNamed ? outlets.ports.length : 0, outlets.takes.length);
  const middle = PORTS_TOP / 2;
  const places: HandlePlace[] = [];
  if (outlets.hasInput) places.push({ id: INPUT, x: 0, y: middle, position: Position.Left, kind: "target", label: "input" });
  outlets.ports.forEach((port, index) => {
    const y = outlets.portsAreNamed ? PORTS_TOP + PORT_HEIGHT * (index + 0.5) : middle;
    places.push({ id: portHandle(port), x: NODE_WIDTH, y, position: Position.Right, kind: "source", label: port });
  });
  outlets.takes.forEach((type, index) => places.push({ id: takesHandle(type), x: spread(index, outlets.takes.length), y: height, position: Position.Bottom, kind: "target", label: type }));
  outlets.gives.forEach((type, index) => places.push({ id: givesHandle(type), x: spread(index, outlets.gives.length), y: 0, position: Position.Top, kind: "source", label: type }));
  return { height, places };
}

function spread(index: number, count: number): number {
  return Math.round((NODE_WIDTH * (index + 1)) / (count + 1));
}

/** The width and height of a handle. */
export const HANDLE_SIZE = 12;

export function asNodeHandle(place: HandlePlace): NodeHandle {
  return { id: place.id, type: place.kind, position: place.position, x: place.x - HANDLE_SIZE / 2, y: place.y - HANDLE_SIZE / 2, width: HANDLE_SIZE, height: HANDLE_SIZE };
}
