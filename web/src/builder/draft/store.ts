/** The state of the builder: the draft with its history, the selection and the errors. Each open workflow has one store. */

import { createContext, useContext, useSyncExternalStore } from "react";
import { edit, redo, startHistory, undo, type History } from "../definition/history";
import type { NodeTypes } from "../definition/nodeTypes";
import type { PlacedError } from "../definition/errors";
import { sameJson } from "../definition/sameJson";
import type { Source } from "../definition/source";
import type { Syntax, TextProblem } from "../definition/text";
import { connectionKey, isRefusal, type Definition, type NodeId, type Refusal } from "../definition/types";
import { notesOf } from "../definition/drawing";
import { moveNodes, releaseNodes } from "../definition/commands/moveNodes";
import { arrange, isSameGraph, samePlaces, type Arrangement } from "../../graph/arrange";

/** One state of the draft, to which undo can return. */
export interface Snapshot extends Arrangement {
  readonly definition: Definition;
  /** What led to this state, as a person would say it: "move 3 nodes". Empty for the first state. */
  readonly did: string;
  /** The text that the definition was last read from; canvas and forms change it only where the definition changed. */
  readonly source: Source | null;
}

/** What the draft is based on: a saved version, or nothing yet. */
export interface Base {
  readonly workflowId: string | null;
  readonly version: number | null;
  readonly definition: Definition;
  readonly source?: Source | null;
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
  readonly notes?: ReadonlySet<string>;
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
  /** The nodes to bring into view; a new object for each request. */
  readonly focus: { readonly ids: readonly NodeId[]; readonly zooms?: boolean } | null;
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
  /** The text of that first state. */
  readonly source?: Source | null | undefined;
  /** What was written after that, and cannot be read yet. */
  readonly broken?: (Source & { readonly problem: TextProblem }) | null | undefined;
}

export function createBuilderStore(start: Start): BuilderStore {
  const definition = start.draft ?? start.base.definition;
  let state: BuilderState = {
    key: String(Math.random()),
    types: start.types,
    canEdit: start.canEdit,
    base: start.base,
    history: startHistory({ definition, did: "", source: start.source ?? start.base.source ?? null, ...arrange(definition, start.types) }),
    selection: NOTHING,
    checked: [],
    checkedFor: null,
    checking: true,
    broken: start.broken ? { ...start.broken, beside: definition } : null,
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

export interface EditOptions {
  /** What the edit does, as a person would say it: "move 3 nodes". */
  readonly did?: string;
  /** Edits of one topic that follow each other soon are one step. */
  readonly topic?: string;
  readonly select?: Selection;
  readonly say?: string;
  /** The nodes to bring into view. */
  readonly show?: readonly NodeId[];
  /** The text that the definition was read from. */
  readonly source?: Source | null;
}

/** Keeps another text of the same definition: other comments, other blanks. It is no step of the history. */
export function keepText(store: BuilderStore, source: Source): void {
  const { history } = store.get();
  store.set({ history: { ...history, now: { ...history.now, source } } });
}

/** Replaces the definition, by one that was written, imported or loaded. Nodes that are gone are no longer selected. */
export function change(store: BuilderStore, definition: Definition, options: EditOptions = {}): void {
  const state = store.get();
  const now = state.history.now;
  if (definition === now.definition) return;
  put(store, { ...arrange(definition, state.types, now), definition, did: options.did ?? "change the workflow", source: options.source === undefined ? now.source : options.source }, options);
}

/**
 * Applies a command to the draft, or returns why it cannot be applied. If it changes the graph, every node keeps the place where it is drawn: the places
 * become part of the definition, because the layout of another graph would put them elsewhere.
 */
export function edited(store: BuilderStore, command: (definition: Definition) => Definition | Refusal, options: EditOptions = {}): Refusal | null {
  const { history, types } = store.get();
  const { now } = history;
  const next = command(now.definition);
  if (isRefusal(next)) return next;
  if (next === now.definition) return null;
  const kept = isSameGraph(next, types, now) && samePositions(next, now.definition) ? next : command(moveNodes(now.definition, now.positions));
  if (isRefusal(kept)) return kept;
  change(store, kept, options);
  return null;
}

function samePositions(left: Definition, right: Definition): boolean {
  const before = new Map(right.nodes.map((node) => [node.id, node.position]));
  return left.nodes.every((node) => node.position === before.get(node.id));
}

function put(store: BuilderStore, next: Snapshot, options: EditOptions): void {
  const state = store.get();
  store.set({
    history: edit(state.history, next, options.topic ?? null, Date.now()),
    selection: options.select ?? stillThere(state.selection, next.definition),
    ...(options.say === undefined ? {} : { announcement: options.say }),
    ...(options.show === undefined ? {} : { focus: { ids: options.show } }),
  });
}

/** Removes all positions, so that the layout finds new ones. */
export function tidy(store: BuilderStore): void {
  const { history, types } = store.get();
  const definition = releaseNodes(history.now.definition);
  const arrangement = arrange(definition, types);
  const isNew = definition !== history.now.definition || !samePlaces(arrangement.positions, history.now.positions);
  if (isNew) put(store, { ...arrangement, definition, did: "lay out anew", source: history.now.source }, { say: "Laid out." });
}

/** What undo would take back; empty if there is nothing. */
export const undoable = (state: BuilderState): string => (state.history.past.length > 0 ? state.history.now.did : "");
/** What redo would do again; empty if there is nothing. */
export const redoable = (state: BuilderState): string => state.history.future[0]?.did ?? "";

export function stepBack(store: BuilderStore): void {
  step(store, undo(store.get().history), `Undone: ${undoable(store.get())}.`);
}

export function stepForth(store: BuilderStore): void {
  step(store, redo(store.get().history), `Redone: ${redoable(store.get())}.`);
}

function step(store: BuilderStore, history: History<Snapshot>, say: string): void {
  const state = store.get();
  if (history === state.history) return;
  store.set({ history, selection: stillThere(state.selection, history.now.definition), announcement: say });
}

function stillThere(selection: Selection, definition: Definition): Selection {
  const ids = new Set(definition.nodes.map((node) => node.id));
  const keys = new Set(definition.connections.map(connectionKey));
  const notes = new Set(notesOf(definition).map((note) => note.id));
  const isNoteThere = [...(selection.notes ?? [])].every((id) => notes.has(id));
  const same = isNoteThere && [...selection.nodes].every((id) => ids.has(id)) && [...selection.connections].every((key) => keys.has(key));
  if (same) return selection;
  return { notes: new Set([...(selection.notes ?? [])].filter((id) => notes.has(id))), nodes: new Set([...selection.nodes].filter((id) => ids.has(id))), connections: new Set([...selection.connections].filter((key) => keys.has(key))) };
}

/** Whether leaving would lose changes. */
export function isChanged(state: BuilderState): boolean {
  const { definition, source } = state.history.now;
  if (!state.canEdit) return false;
  if ((state.base.source?.text ?? null) !== (source?.text ?? null)) return true;
  return definition !== state.base.definition && !sameJson(definition, state.base.definition);
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
