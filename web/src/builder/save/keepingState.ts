import { useSyncExternalStore } from "react";
import { useBuilderStore, type BuilderStore } from "../draft/store";
import type { Keeper, Keeping } from "./keeper";

interface Beside {
  keeper: Keeper | null;
  now: Keeping;
  readonly tell: (keeping: Keeping) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

/** How safe the draft of each open builder is. */
const all = new WeakMap<BuilderStore, Beside>();
const NOTHING_KEPT: Keeping = { status: "nothing", problem: null, isLocal: false };

export function keepingBeside(store: BuilderStore): Beside {
  const found = all.get(store);
  if (found !== undefined) return found;
  const listeners = new Set<() => void>();
  const beside: Beside = {
    keeper: null,
    now: NOTHING_KEPT,
    tell: (keeping) => {
      if (keeping.status === beside.now.status && keeping.problem === beside.now.problem && keeping.isLocal === beside.now.isLocal) return;
      beside.now = keeping;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  all.set(store, beside);
  return beside;
}

export function useKeeping(): Keeping {
  const beside = keepingBeside(useBuilderStore());
  return useSyncExternalStore(beside.subscribe, () => beside.now);
}

/** Whether leaving would lose changes: the server does not have them, and this browser could not keep them. */
export function isUnsafe(store: BuilderStore): boolean {
  const { status, isLocal } = keepingBeside(store).now;
  return (status === "offline" || status === "refused" || status === "elsewhere") && !isLocal;
}
