/** What the builder shows beside the draft: the view, the panels, the dialog. It is not part of the draft, so undo leaves it as it is. */

import { createContext, useContext, useSyncExternalStore } from "react";
import type { Begun } from "../canvas/candidate";
import type { Point } from "../definition/position";

export type View = "canvas" | "outline" | "text";
export type OpenDialog = "versions" | "run" | "help";

/** Where the node goes that the palette adds. */
export interface Adding {
  /** The connection that was drawn to an empty place; null if none was. */
  readonly begun: Begun | null;
  /** The place on the canvas; null if it is up to the builder. */
  readonly at: Point | null;
}

export interface ViewState {
  readonly view: View;
  /** Which panel is open as a sheet on a phone. */
  readonly sheet: "palette" | "inspector" | null;
  readonly showsPalette: boolean;
  readonly showsInspector: boolean;
  readonly showsErrors: boolean;
  readonly dialog: OpenDialog | null;
  readonly adding: Adding | null;
}

export interface ViewStore {
  readonly get: () => ViewState;
  readonly set: (change: Partial<ViewState>) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

const START: ViewState = { view: "canvas", sheet: null, showsPalette: true, showsInspector: true, showsErrors: false, dialog: null, adding: null };

export function createViewStore(): ViewStore {
  let state = START;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set: (change) => {
      state = { ...state, ...change };
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const ViewContext = createContext<ViewStore | null>(null);
export const ViewProvider = ViewContext.Provider;

export function useViewStore(): ViewStore {
  const store = useContext(ViewContext);
  if (store === null) throw new Error("outside of a builder");
  return store;
}

/** Selects a part of the view. It must return the same object while nothing about it changes. */
export function useView<T>(select: (state: ViewState) => T): T {
  const store = useViewStore();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** Whether the window is so narrow that panels open as sheets. */
export const isNarrow = (): boolean => globalThis.matchMedia("(max-width: 900px)").matches;
