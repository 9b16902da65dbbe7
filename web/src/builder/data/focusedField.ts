/** The field that a picked value goes into: the one that had the focus last. */

import { useSyncExternalStore } from "react";
import { useBuilderStore, type BuilderStore } from "../draft/store";

export interface FocusedField {
  readonly label: string;
  readonly insert: (path: string) => void;
}

interface Holder {
  now: FocusedField | null;
  readonly listeners: Set<() => void>;
}

const holders = new WeakMap<BuilderStore, Holder>();

function holderOf(builder: BuilderStore): Holder {
  const known = holders.get(builder);
  if (known) return known;
  const made: Holder = { now: null, listeners: new Set() };
  holders.set(builder, made);
  return made;
}

export function setFocusedField(builder: BuilderStore, field: FocusedField | null): void {
  const holder = holderOf(builder);
  holder.now = field;
  for (const listener of holder.listeners) listener();
}

/** Forgets a field that is no longer there. */
export function leaveField(builder: BuilderStore, field: FocusedField | null): void {
  if (holderOf(builder).now === field) setFocusedField(builder, null);
}

export function useFocusedField(): FocusedField | null {
  const holder = holderOf(useBuilderStore());
  const subscribe = (listener: () => void) => {
    holder.listeners.add(listener);
    return () => holder.listeners.delete(listener);
  };
  return useSyncExternalStore(subscribe, () => holder.now);
}
