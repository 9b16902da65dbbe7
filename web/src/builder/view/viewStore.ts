/** What the builder shows beside the draft: the view, the panels, the dialog. It is not part of the draft, so undo leaves it as it is. */

import { createContext, useContext, useSyncExternalStore } from "react";
import type { Begun } from "../canvas/candidate";
import type { Point } from "../definition/position";
import type { Box } from "../../graph/pasting";

export type View = "canvas" | "outline" | "text";
export type OpenDialog = "versions" | "run" | "help" | "publish";

/** Where the node goes that the palette adds. */
export interface Adding {
  /** The connection that was drawn to an empty place; null if none was. */
  readonly begun: Begun | null;
  /** The place on the canvas; null if it is up to the builder. */
  readonly at: Point | null;
  /** The connection that the node is inserted into; null: none. */
  readonly into: string | null;
  /** Where the palette opens on the screen; null: in the corner of the canvas. */
  readonly point: Point | null;
}

/** Adds after the selected node, or in the middle of the canvas. */
export const ANYWHERE: Adding = { begun: null, at: null, into: null, point: null };

/** What the canvas can do for others, while it is there. */
export interface CanvasHandle {
  readonly fit: () => void;
  readonly zoomBy: (steps: 1 | -1) => void;
  /** The part of the graph that nothing covers. */
  readonly sight: () => Box;
}

/** A menu at a point of the screen, about a node, a connection, or the canvas. */
export interface PointMenu {
  readonly point: Point;
  readonly about: MenuAbout;
  /** The place on the canvas. */
  readonly at: Point;
}

export type MenuAbout = "node" | "connection" | "canvas";

export interface ViewState {
  readonly view: View;
  readonly adding: Adding | null;
  /** Whether the settings of the workflow are shown, while nothing is selected. */
  readonly showsSettings: boolean;
  /** Whether the inspector stays open beside the canvas. */
  readonly isPinned: boolean;
  /** The selection whose inspector was closed; another selection opens it again. */
  readonly dismissed: unknown;
  /** On a phone: whether the inspector is open as a sheet. */
  readonly sheet: boolean;
  readonly showsErrors: boolean;
  /** Whether nodes show how often they failed during the last day. */
  readonly showsHeat: boolean;
  /** The note that is being written. */
  readonly writing: string | null;
  readonly dialog: OpenDialog | null;
  readonly menu: PointMenu | null;
  readonly canvas: CanvasHandle | null;
}

export interface ViewStore {
  readonly get: () => ViewState;
  readonly set: (change: Partial<ViewState>) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

const START: ViewState = {
  view: "canvas",
  adding: null,
  showsSettings: false,
  isPinned: false,
  dismissed: null,
  sheet: false,
  showsErrors: false,
  showsHeat: false,
  writing: null,
  dialog: null,
  menu: null,
  canvas: null,
};
const PIN_KEY = "interlock.inspector";

export function createViewStore(): ViewStore {
  let state: ViewState = { ...START, isPinned: readPin() };
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

/** Pins the inspector, in this browser. */
export function pin(store: ViewStore, isPinned: boolean): void {
  store.set({ isPinned });
  try {
    localStorage.setItem(PIN_KEY, isPinned ? "pinned" : "slides");
  } catch {
    // There is no storage: it stays pinned as long as this page.
  }
}

function readPin(): boolean {
  try {
    return localStorage.getItem(PIN_KEY) === "pinned";
  } catch {
    return false;
  }
}

/** Whether the window is so narrow that panels open as sheets. */
export const isNarrow = (): boolean => globalThis.matchMedia("(max-width: 900px)").matches;
