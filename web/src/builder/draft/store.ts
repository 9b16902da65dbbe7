/** The state of the builder: the draft with its history, the selection and the errors. Each open workflow has one store. */

import { createContext, useContext, useSyncExternalStore } from "react";
import { edit, redo, startHistory, undo, type History } from "../definition/history";
import type { NodeTypes } from "../definition/nodeTypes";
import type { PlacedError } from "../definition/errors";
import { sameJson } from "../definition/sameJson";
import type { Syntax, TextProblem } from "../definition/text";
import { connectionKey, type Definition, type NodeId } from "../definition/types";
import { releaseNodes } from "../definition/commands/moveNodes";
import { arrange, samePlaces, type Arrangement } from "../layout/arrange";

/** One state of the draft, to which undo can return. */
export interface Snapshot extends Arrangement {
  readonly definition: Definition;
}

/** What the draft is based on: a saved version, or nothing yet. */
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
  /** Names this drawing, also while it has no workflow yet. */
  readonly key: string;
  readonly types: NodeTypes;
  readonly canEdit: boolean;
  readonly base: Base;
  readonly history: History<Snapshot>;
  readonly selection: Selection;
  /** The errors that the server found in the definition that it checked last. */
  readonly checked: readonly PlacedError[];
  /** The definition that the server checked last. */
  readonly checkedFor: Definition | null;
  readonly checking: boolean;
  /** The text that is being written, while it cannot be read. */
  readonly broken: BrokenText | null;
  /** What has just happened, announced to screen readers. */
  readonly announcement: string;
  /** The node to bring into view; a new object for each request. */
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
  /** The first state of the draft, if it is not the saved one. */
  readonly draft?: Definition | undefined;
}

export function createBuilderStore(start: Start): BuilderStore {
  const definition = start.draft ?? start.base.definition;
  let state: BuilderState = {
    key: String(Math.random()),
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

/** Applies one edit to the draft. Nodes that are gone are no longer selected. */
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

/** Removes all positions, so that the layout finds new ones. */
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

/** Whether leaving would lose changes. */
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

/** Selects a part of the state. It must return the same object while nothing about it changes. */
export function useBuilder<T>(select: (state: BuilderState) => T): T {
  const store = useBuilderStore();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** Forgets a text that a change elsewhere has overtaken. */
export function brokenText(state: BuilderState): BrokenText | null {
  return state.broken !== null && state.broken.beside === definitionOf(state) ? state.broken : null;
}

export const definitionOf = (state: BuilderState): Definition => state.history.now.definition;
