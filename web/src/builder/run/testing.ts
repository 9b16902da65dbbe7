/** The commands of test runs, for keys, menus and buttons. `TestRuns` does what they ask for. */

import { CirclePlay, EyeOff, FastForward, Pin, Play, StepForward, type LucideIcon } from "lucide-react";
import { findNode, titleOf, type NodeId } from "../definition/types";
import { setField } from "../draft/actions";
import { definitionOf, type BuilderStore } from "../draft/store";
import { lastRunOf } from "./lastRun";
import { pin, pinsOf } from "./pins";
import type { TestScope } from "./testRequest";

/** What `TestRuns` is asked for. */
export type Asked = { readonly test: { readonly scope: TestScope } } | { readonly edit: NodeId } | { readonly pinLast: NodeId };
type Listener = (asked: Asked) => void;

const listeners = new WeakMap<BuilderStore, Listener>();

/** Called by `TestRuns`, which is loaded with the canvas. */
export function listenForTests(store: BuilderStore, listener: Listener): () => void {
  listeners.set(store, listener);
  return () => {
    if (listeners.get(store) === listener) listeners.delete(store);
  };
}

export function askFor(store: BuilderStore, asked: Asked): void {
  listeners.get(store)?.(asked);
}

export interface TestCommand {
  readonly id: string;
  readonly title: (store: BuilderStore, node: NodeId) => string;
  readonly icon: LucideIcon;
  /** As `alt r`. */
  readonly keys: string;
  readonly isShown: (store: BuilderStore, node: NodeId) => boolean;
  readonly run: (store: BuilderStore, node: NodeId) => void;
}

const always = () => true;
const isRouter = (store: BuilderStore, node: NodeId): boolean => ["IF", "SWITCH", "ROUTER", "FAIL", "END"].includes(findNode(definitionOf(store.get()), node)?.subtype ?? "");

/** Whether passing its input on has a meaning for a node. The server decides; this only hides what cannot be. */
export function canDisable(store: BuilderStore, node: NodeId): boolean {
  const found = findNode(definitionOf(store.get()), node);
  return found !== undefined && found.type !== "TRIGGER_NODE" && !isRouter(store, node) && !["GOTO", "JOIN"].includes(found.subtype);
}

export const isDisabled = (store: BuilderStore, node: NodeId): boolean => findNode(definitionOf(store.get()), node)?.disabled === true;

export function toggleDisabled(store: BuilderStore, node: NodeId): void {
  const found = findNode(definitionOf(store.get()), node);
  if (found === undefined) return;
  const isOn = found.disabled === true;
  setField(store, node, ["disabled"], isOn ? undefined : true);
  store.set({ announcement: `${titleOf(found)} ${isOn ? "enabled" : "disabled"}.` });
}

export const TEST_COMMANDS: readonly TestCommand[] = [
  { id: "test only", title: () => "Run this node", icon: Play, keys: "r", isShown: always, run: (store, node) => askFor(store, { test: { scope: { only: node } } }) },
  { id: "test until", title: () => "Run up to here", icon: StepForward, keys: "shift r", isShown: always, run: (store, node) => askFor(store, { test: { scope: { until: node } } }) },
  { id: "test from", title: () => "Run on from here", icon: FastForward, keys: "alt r", isShown: always, run: (store, node) => askFor(store, { test: { scope: { from_node: node } } }) },
  { id: "test all", title: () => "Test the whole workflow", icon: CirclePlay, keys: "alt shift r", isShown: () => false, run: (store) => askFor(store, { test: { scope: null } }) },
  {
    id: "pin",
    title: (store, node) => (pinsOf(store).has(node) ? "Unpin the output" : "Pin the output of the last run"),
    icon: Pin,
    keys: "p",
    isShown: (store, node) => !isRouter(store, node) && (pinsOf(store).has(node) || lastRunOf(store).nodes.get(node)?.status === "completed"),
    run: (store, node) => (pinsOf(store).has(node) ? pin(store, node, null) : askFor(store, { pinLast: node })),
  },
  { id: "edit pin", title: () => "Edit the pinned output", icon: Pin, keys: "shift p", isShown: (store, node) => !isRouter(store, node), run: (store, node) => askFor(store, { edit: node }) },
  { id: "disable", title: (store, node) => (isDisabled(store, node) ? "Enable" : "Disable"), icon: EyeOff, keys: "d", isShown: canDisable, run: toggleDisabled },
];
