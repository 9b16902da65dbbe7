import { useState } from "react";
import type { ExecutionSummary } from "../api/types";
import { heldList } from "./heldList";

interface Held {
  readonly key: string;
  readonly shown: readonly ExecutionSummary[];
}

/** Keeps a live list still while the pointer or the focus is in it. A new filter starts a new list. */
export function useHeldList(items: readonly ExecutionSummary[], key: string) {
  const [holding, setHolding] = useState(false);
  const [held, setHeld] = useState<Held>({ key, shown: items });
  const next = heldList(held.key === key ? held.shown : [], items, holding);
  if (held.key !== key || !same(held.shown, next.shown)) setHeld({ key, shown: next.shown });
  return {
    ...next,
    release: () => setHeld({ key, shown: items }),
    handlers: {
      onPointerEnter: () => setHolding(true),
      onPointerLeave: () => setHolding(false),
      onFocus: () => setHolding(true),
      onBlur: () => setHolding(false),
    },
  };
}

function same(one: readonly ExecutionSummary[], other: readonly ExecutionSummary[]): boolean {
  return one.length === other.length && one.every((item, index) => item.id === other[index]?.id && item.change_number === other[index].change_number && item.status === other[index].status);
}
