/** The differences between two versions of a definition. */

import { fieldOf } from "../../json/fieldOf";
import { positionOf } from "./position";
import { sameJson } from "./sameJson";
import { connectionKey, isList, isObject, without, type ConnectionDefinition, type Definition, type Json, type NodeDefinition, type NodeId } from "./types";

/** One value that differs, with its path below the node or the workflow. */
export interface ChangedValue {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface ChangedNode {
  readonly id: NodeId;
  readonly values: readonly ChangedValue[];
}

export interface Difference {
  readonly workflow: readonly ChangedValue[];
  readonly addedNodes: readonly NodeDefinition[];
  readonly removedNodes: readonly NodeDefinition[];
  readonly changedNodes: readonly ChangedNode[];
  /** The nodes with another position in the drawing. */
  readonly movedNodes: readonly NodeDefinition[];
  readonly addedConnections: readonly ConnectionDefinition[];
  readonly removedConnections: readonly ConnectionDefinition[];
  /** The same nodes or connections in another order, in which joins merge their inputs. */
  readonly reordered: boolean;
}

/** Returns the changes that turn `before` into `after`. */
export function diffDefinitions(before: Definition, after: Definition): Difference {
  const nodesBefore = new Map(before.nodes.map((node) => [node.id, node]));
  const nodesAfter = new Map(after.nodes.map((node) => [node.id, node]));
  const keysBefore = new Set(before.connections.map(connectionKey));
  const keysAfter = new Set(after.connections.map(connectionKey));
  const changedNodes = after.nodes.flatMap((node) => {
    const old = nodesBefore.get(node.id);
    const values = old === undefined ? [] : differences(without(old, "position"), without(node, "position"), "");
    return values.length === 0 ? [] : [{ id: node.id, values }];
  });
  return {
    workflow: differences(head(before), head(after), ""),
    addedNodes: after.nodes.filter((node) => !nodesBefore.has(node.id)),
    removedNodes: before.nodes.filter((node) => !nodesAfter.has(node.id)),
    changedNodes,
    movedNodes: after.nodes.filter((node) => isMoved(nodesBefore.get(node.id), node)),
    addedConnections: after.connections.filter((item) => !keysBefore.has(connectionKey(item))),
    removedConnections: before.connections.filter((item) => !keysAfter.has(connectionKey(item))),
    reordered:
      isReordered(before.nodes.map((node) => node.id), after.nodes.map((node) => node.id)) ||
      isReordered(before.connections.map(connectionKey), after.connections.map(connectionKey)),
  };
}

export function isSame(difference: Difference): boolean {
  const { reordered, ...lists } = difference;
  return !reordered && Object.values(lists).every((list) => list.length === 0);
}

function isMoved(before: NodeDefinition | undefined, after: NodeDefinition): boolean {
  if (before === undefined || sameJson(before.position, after.position)) return false;
  const [from, to] = [positionOf(before), positionOf(after)];
  return from === undefined || to === undefined || from.x !== to.x || from.y !== to.y;
}

function head(definition: Definition): Json {
  return without(definition, "nodes", "connections");
}

function isReordered(before: readonly string[], after: readonly string[]): boolean {
  const kept = new Set(after);
  const were = new Set(before);
  const left = before.filter((key) => kept.has(key));
  const right = after.filter((key) => were.has(key));
  return left.some((key, position) => key !== right[position]);
}

function differences(before: Json | undefined, after: Json | undefined, path: string): readonly ChangedValue[] {
  if (sameJson(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(fieldOf(before, key), fieldOf(after, key), path === "" ? key : `${path}.${key}`));
  }
  if (isList(before) && isList(after) && before.length === after.length)
    return before.flatMap((item, position) => differences(item, after[position], `${path}[${position}]`));
  return [{ path, before, after }];
}
