/** What is drawn of each node and each connection, apart from what happened in it. */

import { Position } from "@xyflow/react";
import { connectionKey, portOf, titleOf, typeOf, type ConnectionDefinition, type Definition, type NodeDefinition, type NodeId } from "../builder/definition/types";
import type { NodeTypes } from "../builder/definition/nodeTypes";
import type { Point } from "../builder/definition/position";
import { GOTO } from "./connectionStyle";
import { NODE_WIDTH, type Positions } from "./layout";
import { givesHandle, HANDLE_SIZE, handlesOf, INPUT, outletsFor, portHandle, takesHandle, type HandlePlace, type Outlets } from "./outlets";
import { wayBetween, type Way } from "./paths";

export interface Drawn {
  readonly title: string;
  readonly type: string;
  readonly subtype: string;
  readonly isKnown: boolean;
  readonly isTrigger: boolean;
  readonly isDisabled: boolean;
  readonly outlets: Outlets;
  readonly places: readonly HandlePlace[];
  readonly width: number;
  readonly height: number;
}

/** The ports and capabilities of a node's connections, including those that its type does not have: an error has to be visible to be fixed. */
export interface Used {
  readonly ports: string[];
  readonly takes: string[];
  readonly gives: string[];
  input: boolean;
}

const UNUSED: Used = { ports: [], takes: [], gives: [], input: false };

export function drawnNode(node: NodeDefinition, types: NodeTypes, used: Used | undefined): Drawn {
  const type = types.of(node);
  const outlets = outletsFor(node, type, used ?? UNUSED);
  const { height, places } = handlesOf(outlets);
  return { title: titleOf(node), type: node.type, subtype: node.subtype, isKnown: type !== undefined, isTrigger: type?.is_trigger ?? false, isDisabled: node.disabled === true, outlets, places, width: NODE_WIDTH, height };
}

/** Returns what the connections use of each node; the objects of `before` where nothing has changed. */
export function usedBy(definition: Definition, before: ReadonlyMap<NodeId, Used> = new Map()): Map<NodeId, Used> {
  const used = new Map<NodeId, Used>();
  const of = (id: NodeId): Used => {
    const found = used.get(id) ?? { ports: [], takes: [], gives: [], input: false };
    used.set(id, found);
    return found;
  };
  const note = (list: string[], item: string) => {
    if (!list.includes(item)) list.push(item);
  };
  for (const connection of definition.connections) {
    if (typeOf(connection) === "MAIN") {
      note(of(connection.from).ports, portOf(connection));
      of(connection.to).input = true;
    } else {
      note(of(connection.from).gives, typeOf(connection));
      note(of(connection.to).takes, typeOf(connection));
    }
  }
  for (const { to } of jumpsOf(definition)) of(to).input = true;
  for (const [id, next] of used) {
    const old = before.get(id);
    if (old !== undefined && JSON.stringify(old) === JSON.stringify(next)) used.set(id, old);
  }
  return used;
}

/** A jump of a GOTO: it names its target as a parameter instead of being connected to it. */
export interface Jump {
  readonly from: NodeId;
  readonly to: NodeId;
}

export function jumpsOf(definition: Definition): readonly Jump[] {
  const ids = new Set(definition.nodes.map((node) => node.id));
  return definition.nodes.flatMap((node) => {
    const target = node.subtype === "GOTO" ? node.parameters?.target : undefined;
    return typeof target === "string" && ids.has(target) ? [{ from: node.id, to: target }] : [];
  });
}

/** A connection with the handles where it begins and ends. */
export interface Line {
  readonly key: string;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly type: string;
  readonly port: string;
  readonly sourceHandle: string;
  readonly targetHandle: string;
}

export function lineOf(connection: ConnectionDefinition): Line {
  const [type, port] = [typeOf(connection), portOf(connection)];
  const isMain = type === "MAIN";
  return {
    key: connectionKey(connection),
    from: connection.from,
    to: connection.to,
    type,
    port,
    sourceHandle: isMain ? portHandle(port) : givesHandle(type),
    targetHandle: isMain ? INPUT : takesHandle(type),
  };
}

export function lineOfJump({ from, to }: Jump): Line {
  return { key: `goto:${from}`, from, to, type: GOTO, port: "main", sourceHandle: portHandle("main"), targetHandle: INPUT };
}

/** Returns the way of a line between two nodes that are drawn; null if one of them is not. */
export function wayOf(line: Line, drawn: ReadonlyMap<NodeId, Drawn>, positions: Positions): Way | null {
  const source = handleAt(drawn.get(line.from), positions.get(line.from), line.sourceHandle);
  const target = handleAt(drawn.get(line.to), positions.get(line.to), line.targetHandle);
  if (source === null || target === null) return null;
  return wayBetween({ sourceX: source.x, sourceY: source.y, targetX: target.x, targetY: target.y }, line.type === "MAIN" || line.type === GOTO, line.from === line.to);
}

function handleAt(drawn: Drawn | undefined, at: Point | undefined, handle: string): Point | null {
  const place = drawn?.places.find((each) => each.id === handle);
  if (place === undefined || at === undefined) return null;
  const { x, y } = outwards(place.position);
  return { x: at.x + place.x + x, y: at.y + place.y + y };
}

/** A line begins at the outer edge of a handle. */
function outwards(side: Position): Point {
  const half = HANDLE_SIZE / 2;
  if (side === Position.Left || side === Position.Right) return { x: side === Position.Right ? half : -half, y: 0 };
  return { x: 0, y: side === Position.Bottom ? half : -half };
}
