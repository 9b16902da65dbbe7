/** The commands of test runs. `TestRuns`, which is loaded beside the canvas, does what they ask for, so that they need nothing else. */

import { Play } from "lucide-react";
import type { Command, CommandContext } from "../commands/command";
import { findNode, titleOf, type NodeId } from "../definition/types";
import { setField } from "../draft/actions";
import { definitionOf, type BuilderStore } from "../draft/store";
import type { TestScope } from "./testRequest";

/** What `TestRuns` is asked for. */
export type Asked = { readonly test: { readonly scope: TestScope } } | { readonly edit: NodeId } | { readonly pin: NodeId };
type Listener = (asked: Asked) => void;

const listeners = new WeakMap<BuilderStore, Listener>();

export function listenForTests(store: BuilderStore, listener: Listener): () => void {
  listeners.set(store, listener);
  return () => {
    if (listeners.get(store) === listener) listeners.delete(store);
  };
}

export function askFor(store: BuilderStore, asked: Asked): void {
  listeners.get(store)?.(asked);
}

/** The one node that is selected. */
function nodeOf({ store }: CommandContext): NodeId | null {
  const { nodes } = store.get().selection;
  const [node] = nodes;
  return nodes.size === 1 && node !== undefined ? node : null;
}

const subtypeOf = (store: BuilderStore, node: NodeId): string => findNode(definitionOf(store.get()), node)?.subtype ?? "";
/** Whether a node has an output of its own, which could be pinned. */
const hasOutput = (store: BuilderStore, node: NodeId): boolean => !["IF", "SWITCH", "ROUTER", "FAIL", "END"].includes(subtypeOf(store, node));

/** Whether passing its input on has a meaning for a node. The server decides; this only hides what cannot be. */
function canDisable(store: BuilderStore, node: NodeId): boolean {
  const found = findNode(definitionOf(store.get()), node);
  return found !== undefined && found.type !== "TRIGGER_NODE" && hasOutput(store, node) && !["GOTO", "JOIN"].includes(found.subtype);
}

function toggleDisabled(store: BuilderStore, node: NodeId): void {
  const found = findNode(definitionOf(store.get()), node);
  if (found === undefined) return;
  const isOn = found.disabled === true;
  setField(store, node, ["disabled"], isOn ? undefined : true);
  store.set({ announcement: `${titleOf(found)} ${isOn ? "enabled" : "disabled"}.` });
}

type OfNode = Pick<Command, "id" | "title" | "keys" | "icon">;

/** A command on the one node that is selected. */
function ofNode(words: OfNode, isPossible: (store: BuilderStore, node: NodeId) => boolean, act: (store: BuilderStore, node: NodeId) => void): Command {
  return {
    ...words,
    menus: ["node"],
    group: "test",
    edits: true,
    isEnabled: (context) => {
      const node = nodeOf(context);
      return node !== null && isPossible(context.store, node);
    },
    run: (context) => {
      const node = nodeOf(context);
      if (node !== null) act(context.store, node);
    },
  };
}

const always = () => true;
const test = (scopeOf: (node: NodeId) => TestScope) => (store: BuilderStore, node: NodeId) => askFor(store, { test: { scope: scopeOf(node) } });

export const TESTING: readonly Command[] = [
  ofNode({ id: "test node", title: "Run this node", keys: ["r"], icon: Play }, always, test((node) => ({ only: node }))),
  ofNode({ id: "test until", title: "Run up to here", keys: ["shift r"] }, always, test((node) => ({ until: node }))),
  ofNode({ id: "test from", title: "Run on from here", keys: ["alt r"] }, always, test((node) => ({ from_node: node }))),
  { id: "test all", title: "Test the whole workflow", keys: ["alt shift r"], menus: ["canvas"], group: "test", edits: true, run: ({ store }) => askFor(store, { test: { scope: null } }) },
  ofNode({ id: "pin output", title: "Pin or unpin the output", keys: ["p"] }, hasOutput, (store, node) => askFor(store, { pin: node })),
  ofNode({ id: "edit pin", title: "Edit the pinned output", keys: ["shift p"] }, hasOutput, (store, node) => askFor(store, { edit: node })),
  ofNode({ id: "disable", title: "Disable or enable", keys: ["d"] }, canDisable, toggleDisabled),
];
