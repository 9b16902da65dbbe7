/** Outputs that are pinned: test runs take them in place of running the node. They belong to the draft, not to the definition. */

import { useSyncExternalStore } from "react";
import { useBuilderStore, type BuilderStore } from "../draft/store";
import type { JsonObject, NodeId } from "../definition/types";

export type Pins = ReadonlyMap<NodeId, JsonObject>;

interface PinStore {
  now: Pins;
  readonly listeners: Set<() => void>;
}

/** One for each open builder. */
const stores = new WeakMap<BuilderStore, PinStore>();

function storeOf(builder: BuilderStore): PinStore {
  const known = stores.get(builder);
  if (known) return known;
  const made: PinStore = { now: new Map(), listeners: new Set() };
  stores.set(builder, made);
  return made;
}

export const pinsOf = (builder: BuilderStore): Pins => storeOf(builder).now;

export function setPins(builder: BuilderStore, pins: Pins): void {
  const store = storeOf(builder);
  store.now = pins;
  for (const listener of store.listeners) listener();
}

/** Pins an output, or with null removes the pin of a node. */
export function pin(builder: BuilderStore, node: NodeId, output: JsonObject | null): void {
  const next = new Map(pinsOf(builder));
  if (output === null) next.delete(node);
  else next.set(node, output);
  setPins(builder, next);
}

function subscribeToPins(builder: BuilderStore, listener: () => void): () => void {
  const { listeners } = storeOf(builder);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The pinned output of a node; undefined if it has none. */
export function usePin(node: NodeId | null): JsonObject | undefined {
  const builder = useBuilderStore();
  return useSyncExternalStore((listener) => subscribeToPins(builder, listener), () => (node === null ? undefined : pinsOf(builder).get(node)));
}
