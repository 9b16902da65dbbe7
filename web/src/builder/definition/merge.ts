/** A three-way merge of definitions, by node and field: what only one side changed is taken; what both changed differently is a conflict. */

import { fieldOf } from "../../json/fieldOf";
import { renameNode } from "./commands/renameNode";
import { freshId } from "./ids";
import type { NodeTypes } from "./nodeTypes";
import { sameJson } from "./sameJson";
import { connectionKey, isList, isObject, isRefusal, without, type ConnectionDefinition, type Definition, type Json, type JsonObject, type NodeDefinition, type NodeId } from "./types";

export type Side = "mine" | "theirs";

/** A value that both sides changed, each in its own way; undefined: it is not there. */
export interface MergeConflict {
  /** Names the conflict, as long as the three definitions stay the same. */
  readonly key: string;
  /** Null for a field of the workflow. */
  readonly node: NodeId | null;
  /** Below the node or the workflow; empty if one side removed the node that the other side changed. */
  readonly path: readonly (string | number)[];
  readonly base: Json | undefined;
  readonly mine: Json | undefined;
  readonly theirs: Json | undefined;
}

export interface Merged {
  readonly definition: Definition;
  readonly conflicts: readonly MergeConflict[];
  /** Nodes of mine that got another id, because theirs has a new node of the same id: old id -> new id. */
  readonly renamed: ReadonlyMap<NodeId, NodeId>;
}

/** By the key of the conflict, which side is taken; mine where nothing is chosen. */
export type Choices = ReadonlyMap<string, Side>;

/**
 * Returns the changes of both sides in one definition. Positions are drawing, not content: where both moved a node, it stands where I put it.
 * Two new nodes of one id are two nodes, unless they are equal: mine gets another id, and what names it follows.
 */
export function mergeDefinitions(types: NodeTypes, base: Definition, mine: Definition, theirs: Definition, choices: Choices = new Map()): Merged {
  const renamed = new Map<NodeId, NodeId>();
  const own = withFreshIds(types, base, mine, theirs, renamed);
  const merge = new Merging(choices);
  const head = merge.values(headOf(base), headOf(own), headOf(theirs), null, []) as JsonObject;
  const nodes = merge.nodes(base, own, theirs);
  const ids = new Set(nodes.map((node) => node.id));
  const connections = mergeConnections(base, own, theirs, merge.kept).filter((item) => ids.has(item.from) && ids.has(item.to));
  return { definition: inKeyOrder({ ...head, nodes, connections }, own) as Definition, conflicts: merge.conflicts, renamed };
}

class Merging {
  readonly conflicts: MergeConflict[] = [];
  /** The side of each node that one side removed and the other one changed, if it stays. */
  readonly kept = new Map<NodeId, Side>();

  constructor(private readonly choices: Choices) {}

  nodes(base: Definition, mine: Definition, theirs: Definition): readonly NodeDefinition[] {
    const [before, left, right] = [byId(base), byId(mine), byId(theirs)];
    const ids = mergeOrder(keysOf(before), keysOf(left), keysOf(right));
    return ids.flatMap((id) => {
      const merged = this.node(before.get(id), left.get(id), right.get(id), id, [base, mine, theirs]);
      return merged === undefined ? [] : [merged];
    });
  }

  private node(base: NodeDefinition | undefined, mine: NodeDefinition | undefined, theirs: NodeDefinition | undefined, id: NodeId, all: readonly [Definition, Definition, Definition]): NodeDefinition | undefined {
    if (base === undefined) return mine ?? theirs;
    if (mine === undefined && theirs === undefined) return undefined;
    if (mine !== undefined && theirs !== undefined) {
      const content = this.values(without(base, "position"), without(mine, "position"), without(theirs, "position"), id, []) as JsonObject;
      const isMovedByMe = !sameJson(base.position, mine.position);
      const position = isMovedByMe ? mine.position : theirs.position;
      return inKeyOrder({ ...content, ...(position === undefined ? {} : { position }) }, mine) as NodeDefinition;
    }
    const [side, rest, definition] = mine !== undefined ? (["mine", mine, all[1]] as const) : (["theirs", theirs as NodeDefinition, all[2]] as const);
    if (sameJson(without(base, "position"), without(rest, "position")) && !hasNewConnections(all[0], definition, id)) return undefined;
    if (this.choose({ node: id, path: [], base, mine, theirs }) !== side) return undefined;
    this.kept.set(id, side);
    return rest;
  }

  /** Merges two values field by field; lists by position where all three are equally long. */
  values(base: Json | undefined, mine: Json | undefined, theirs: Json | undefined, node: NodeId | null, path: readonly (string | number)[]): Json | undefined {
    if (sameJson(mine, theirs) || sameJson(base, theirs)) return mine;
    if (sameJson(base, mine)) return theirs;
    if (isObject(mine) && isObject(theirs) && (isObject(base) || base === undefined)) {
      const before = base ?? {};
      const keys = mergeOrder(Object.keys(before), Object.keys(mine), Object.keys(theirs));
      const entries = keys.map((key) => [key, this.values(fieldOf(before, key), fieldOf(mine, key), fieldOf(theirs, key), node, [...path, key])] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
    if (isList(base) && isList(mine) && isList(theirs) && base.length === mine.length && base.length === theirs.length)
      return base.map((item, position) => this.values(item, mine[position], theirs[position], node, [...path, position]) as Json);
    return this.choose({ node, path, base, mine, theirs }) === "mine" ? mine : theirs;
  }

  private choose(conflict: Omit<MergeConflict, "key">): Side {
    const key = JSON.stringify([conflict.node, ...conflict.path]);
    this.conflicts.push({ key, ...conflict });
    return this.choices.get(key) ?? "mine";
  }
}

type NodesById = ReadonlyMap<NodeId, NodeDefinition>;
const byId = (definition: Definition): NodesById => new Map(definition.nodes.map((node) => [node.id, node]));
const keysOf = (nodes: NodesById): readonly string[] => [...nodes.keys()];
const headOf = (definition: Definition): JsonObject => without(definition, "nodes", "connections");

/** Gives my new nodes whose ids theirs has for other new nodes an id of their own. */
function withFreshIds(types: NodeTypes, base: Definition, mine: Definition, theirs: Definition, renamed: Map<NodeId, NodeId>): Definition {
  const [before, right] = [byId(base), byId(theirs)];
  let definition = mine;
  for (const node of mine.nodes) {
    const other = right.get(node.id);
    if (before.has(node.id) || other === undefined || sameJson(without(node, "position"), without(other, "position"))) continue;
    const id = freshId(new Set([...definition.nodes, ...theirs.nodes, ...base.nodes].map((one) => one.id)), node.id);
    const next = renameNode(definition, types, node.id, id);
    if (isRefusal(next)) continue;
    definition = next;
    renamed.set(node.id, id);
  }
  return definition;
}

function hasNewConnections(base: Definition, definition: Definition, id: NodeId): boolean {
  const before = new Set(base.connections.map(connectionKey));
  return definition.connections.some((item) => (item.from === id || item.to === id) && !before.has(connectionKey(item)));
}

/** A connection stays unless one side removed it, and comes if one side added it. A node that stays keeps its connections of the side that kept it. */
function mergeConnections(base: Definition, mine: Definition, theirs: Definition, kept: ReadonlyMap<NodeId, Side>): readonly ConnectionDefinition[] {
  const [before, left, right] = [byKey(base), byKey(mine), byKey(theirs)];
  return mergeOrder([...before.keys()], [...left.keys()], [...right.keys()]).flatMap((key) => {
    const [was, here, there] = [before.get(key), left.get(key), right.get(key)];
    const item = here ?? there ?? was;
    if (item === undefined) return [];
    const side = kept.get(item.from) ?? kept.get(item.to);
    if (side !== undefined) return [(side === "mine" ? left : right).get(key)].filter((found) => found !== undefined);
    if (was !== undefined && (here === undefined || there === undefined)) return [];
    return [was !== undefined && sameJson(was, here) ? (there ?? item) : item];
  });
}

const byKey = (definition: Definition): ReadonlyMap<string, ConnectionDefinition> => new Map(definition.connections.map((item) => [connectionKey(item), item]));

/** Returns the keys of all, each once: in the order of the side that changed it (mine if both did), with what the other side added behind what it follows there. */
export function mergeOrder(base: readonly string[], mine: readonly string[], theirs: readonly string[]): readonly string[] {
  const isMovedByMe = isReordered(base, mine);
  const [lead, other] = isMovedByMe || !isReordered(base, theirs) ? [mine, theirs] : [theirs, mine];
  return withAdded(withAdded(lead, other), base);
}

function withAdded(lead: readonly string[], other: readonly string[]): readonly string[] {
  const known = new Set(lead);
  if (other.every((key) => known.has(key))) return lead;
  const following = new Map<string | null, string[]>();
  let last: string | null = null;
  for (const key of other) {
    if (known.has(key)) last = key;
    else following.set(last, [...(following.get(last) ?? []), key]);
  }
  return [...(following.get(null) ?? []), ...lead.flatMap((key) => [key, ...(following.get(key) ?? [])])];
}

function isReordered(before: readonly string[], after: readonly string[]): boolean {
  const [were, are] = [new Set(before), new Set(after)];
  const left = before.filter((key) => are.has(key));
  const right = after.filter((key) => were.has(key));
  return left.some((key, position) => key !== right[position]);
}

function inKeyOrder(object: JsonObject, like: JsonObject): JsonObject {
  const keys = [...Object.keys(like).filter((key) => Object.hasOwn(object, key)), ...Object.keys(object).filter((key) => !Object.hasOwn(like, key))];
  return Object.fromEntries(keys.map((key) => [key, fieldOf(object, key)]));
}
