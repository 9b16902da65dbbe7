/** What the builder holds: the draft with its history, what is selected, and what is wrong with it. One store for each open workflow. */

import { createContext, useContext, useSyncExternalStore } from "react";
import { edit, redo, startHistory, undo, type History } from "../definition/history";
import type { NodeTypes } from "../definition/nodeTypes";
import type { PlacedError } from "../definition/errors";
import { sameJson } from "../definition/sameJson";
import type { Syntax, TextProblem } from "../definition/text";
import { connectionKey, type Definition, type NodeId } from "../definition/types";
import { releaseNodes } from "../definition/commands/moveNodes";
import { arrange, samePlaces, type Arrangement } from "../layout/arrange";

/** One state of the draft; what undo goes back to. */
export interface Snapshot extends Arrangement {
  readonly definition: Definition;
}

/** What the draft began from: a saved version, or nothing yet. */
export interface Base {
  readonly workflowId: string | null;
  readonly version: number | null;
  readonly definition: Definition;
}

/** A text that cannot be read, beside the last definition that could be. */
export interface BrokenText {
  readonly text: string;
  readonly syntax: Syntax;
  readonly problem: TextProblem;
  readonly beside: Definition;
}

export interface Selection {
  readonly nodes: ReadonlySet<NodeId>;
  readonly connections: ReadonlySet<string>;
}

export interface BuilderState {
  readonly types: NodeTypes;
  readonly canEdit: boolean;
  readonly base: Base;
  readonly history: History<Snapshot>;
  readonly selection: Selection;
  /** What the server found in the definition that it looked at last. */
  readonly checked: readonly PlacedError[];
  /** The definition that it looked at last. */
  readonly checkedFor: Definition | null;
  readonly checking: boolean;
  /** The text that is being written, while it is no definition. */
  readonly broken: BrokenText | null;
  /** What has just happened, for screen readers. */
  readonly announcement: string;
  /** The node that is to be brought into sight; a new object each time that it is asked for. */
  readonly focus: { readonly id: NodeId } | null;
}

export const NOTHING: Selection = { nodes: new Set(), connections: new Set() };

export interface BuilderStore {
  readonly get: () => BuilderState;
  readonly set: (change: Partial<BuilderState>) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export interface Start {
  readonly types: NodeTypes;
  readonly canEdit: boolean;
  readonly base: Base;
  /** What the draft begins with, where it is not what was saved. */
  readonly draft?: Definition | undefined;
}

export function createBuilderStore(start: Start): BuilderStore {
  const definition = start.draft ?? start.base.definition;
  let state: BuilderState = {
    types: start.types,
    canEdit: start.canEdit,
    base: start.base,
    history: startHistory({ definition, ...arrange(definition, start.types) }),
    selection: NOTHING,
    checked: [],
    checkedFor: null,
    checking: true,
    broken: null,
    announcement: "",
    focus: null,
  };
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

/** One edit of the draft. What is no longer there is no longer selected. */
export function change(store: BuilderStore, definition: Definition, options: { topic?: string; select?: Selection; say?: string } = {}): void {
  const state = store.get();
  const now = state.history.now;
  if (definition === now.definition) return;
  put(store, { ...arrange(definition, state.types, now), definition }, options);
}

function put(store: BuilderStore, next: Snapshot, options: { topic?: string; select?: Selection; say?: string }): void {
  const state = store.get();
  store.set({
    history: edit(state.history, next, options.topic ?? null, Date.now()),
    selection: options.select ?? stillThere(state.selection, next.definition),
    ...(options.say === undefined ? {} : { announcement: options.say }),
  });
}

/** Leaves every place to the layout. */
export function tidy(store: BuilderStore): void {
  const { history, types } = store.get();
  const definition = releaseNodes(history.now.definition);
  const arrangement = arrange(definition, types);
  const isNew = definition !== history.now.definition || !samePlaces(arrangement.positions, history.now.positions);
  if (isNew) put(store, { ...arrangement, definition }, { say: "Laid out." });
}

export function stepBack(store: BuilderStore): void {
  step(store, undo(store.get().history), "Undone.");
}

export function stepForth(store: BuilderStore): void {
  step(store, redo(store.get().history), "Redone.");
}

function step(store: BuilderStore, history: History<Snapshot>, say: string): void {
  const state = store.get();
  if (history === state.history) return;
  store.set({ history, selection: stillThere(state.selection, history.now.definition), announcement: say });
}

function stillThere(selection: Selection, definition: Definition): Selection {
  const ids = new Set(definition.nodes.map((node) => node.id));
  const keys = new Set(definition.connections.map(connectionKey));
  const same = [...selection.nodes].every((id) => ids.has(id)) && [...selection.connections].every((key) => keys.has(key));
  if (same) return selection;
  return { nodes: new Set([...selection.nodes].filter((id) => ids.has(id))), connections: new Set([...selection.connections].filter((key) => keys.has(key))) };
}

/** Whether something would be lost by leaving. */
export function isChanged(state: BuilderState): boolean {
  const { definition } = state.history.now;
  return state.canEdit && definition !== state.base.definition && !sameJson(definition, state.base.definition);
}

const StoreContext = createContext<BuilderStore | null>(null);
export const BuilderProvider = StoreContext.Provider;

export function useBuilderStore(): BuilderStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error("outside of a builder");
  return store;
}

/** A part of the state; it has to be the same value while nothing about it changes. */
export function useBuilder<T>(select: (state: BuilderState) => T): T {
  const store = useBuilderStore();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** A text that was overtaken by a change elsewhere is no longer being written. */
export function brokenText(state: BuilderState): BrokenText | null {
  return state.broken !== null && state.broken.beside === definitionOf(state) ? state.broken : null;
}

export const definitionOf = (state: BuilderState): Definition => state.history.now.definition;
