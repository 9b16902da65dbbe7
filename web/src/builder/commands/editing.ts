/** The commands that change what is drawn. */

import { ClipboardPaste, Copy, CopyPlus, Group, Pencil, Plus, Redo2, Scissors, StickyNote, Trash2, Undo2, Ungroup } from "lucide-react";
import { copied, duplicate, pasteText, removeSelected, select } from "../draft/actions";
import { groupsOf } from "../definition/drawing";
import { groupSelected, putNote, ungroupSelected } from "../draft/drawing";
import { definitionOf, redoable, stepBack, stepForth, undoable } from "../draft/store";
import { focusName } from "../focusName";
import { ANYWHERE, isNarrow } from "../view/viewStore";
import type { Command, CommandContext } from "./command";

const hasNodes = ({ store }: CommandContext): boolean => store.get().selection.nodes.size > 0;
const hasAny = ({ store }: CommandContext): boolean => hasNodes({ store } as CommandContext) || store.get().selection.connections.size > 0 || (store.get().selection.notes?.size ?? 0) > 0;

/** Asks for a node: into the selected connection, after the selected node, or where the menu was opened. */
function askForNode({ store, view }: CommandContext): void {
  const { nodes, connections } = store.get().selection;
  const [into] = connections;
  const { menu } = view.get();
  const at = menu?.about === "canvas" ? menu.at : null;
  view.set({ adding: { ...ANYWHERE, at, point: menu?.point ?? null, into: nodes.size === 0 && connections.size === 1 ? (into ?? null) : null } });
}

function rename({ store, view }: CommandContext): void {
  const [note] = store.get().selection.notes ?? [];
  if (note !== undefined) {
    view.set({ writing: note });
    return;
  }
  const [node] = store.get().selection.nodes;
  if (node !== undefined) select(store, [node]);
  view.set({ showsSettings: node === undefined, dismissed: null, ...(isNarrow() ? { sheet: true } : {}) });
  focusName();
}

/** Puts a note where the menu was opened, or in the middle of what is in sight, and writes in it. */
function addNote({ store, view }: CommandContext): void {
  const { menu, canvas } = view.get();
  const sight = canvas?.sight();
  const middle = sight === undefined ? { x: 0, y: 0 } : { x: sight.x + sight.width / 2 - 120, y: sight.y + sight.height / 2 - 60 };
  view.set({ writing: putNote(store, menu?.about === "canvas" ? menu.at : middle) });
}

const isGrouped = ({ store }: CommandContext): boolean => groupsOf(definitionOf(store.get())).some((group) => group.nodes.some((node) => store.get().selection.nodes.has(node)));

/** The event reaches the listeners that Ctrl C reaches, and needs no permission. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else makes the event
const byEvent = (name: "copy" | "cut") => () => void document.execCommand(name);

function pasteFromMenu({ store, view, failed }: CommandContext): void {
  const paste = async (text: string) => {
    const refusal = await pasteText(store, text, view.get().canvas?.sight() ?? null);
    if (refusal !== null) failed("Nothing was pasted", refusal.message);
  };
  navigator.clipboard.readText().then(paste, () => failed("The clipboard was not read", "This browser lets the page read the clipboard by the key only: press Ctrl V."));
}

export const EDITING: readonly Command[] = [
  { id: "add", title: "Add a node", icon: Plus, keys: ["n", "+"], menus: ["node", "connection", "canvas"], group: "add", edits: true, run: askForNode },
  { id: "rename", title: "Rename", icon: Pencil, keys: ["f2"], menus: ["node"], group: "edit", edits: true, isEnabled: ({ store }) => store.get().selection.nodes.size < 2, run: rename },
  { id: "duplicate", title: "Duplicate", icon: CopyPlus, keys: ["ctrl d"], menus: ["node"], group: "copy", edits: true, isEnabled: hasNodes, run: ({ store, view }) => void duplicate(store, view.get().canvas?.sight() ?? null) },
  { id: "copy", title: "Copy", icon: Copy, keys: ["ctrl c"], menus: ["node"], group: "copy", edits: false, isEnabled: ({ store }) => copied(store) !== null, isEvent: true, run: byEvent("copy") },
  { id: "cut", title: "Cut", icon: Scissors, keys: ["ctrl x"], menus: ["node"], group: "copy", edits: true, isEnabled: ({ store }) => copied(store) !== null, isEvent: true, run: byEvent("cut") },
  { id: "paste", title: "Paste", icon: ClipboardPaste, keys: ["ctrl v"], menus: ["canvas"], group: "copy", edits: true, isEvent: true, run: pasteFromMenu },
  { id: "undo", title: "Undo", icon: Undo2, keys: ["ctrl z"], menus: ["canvas"], group: "history", edits: true, whileTyping: true, isEnabled: ({ store }) => undoable(store.get()) !== "", run: ({ store }) => stepBack(store) },
  { id: "redo", title: "Redo", icon: Redo2, keys: ["ctrl shift z", "ctrl y"], menus: ["canvas"], group: "history", edits: true, whileTyping: true, isEnabled: ({ store }) => redoable(store.get()) !== "", run: ({ store }) => stepForth(store) },
  { id: "note", title: "Add a note", icon: StickyNote, keys: ["shift n"], menus: ["canvas"], group: "add", edits: true, run: addNote },
  { id: "group", title: "Group", icon: Group, keys: ["ctrl g"], menus: ["node"], group: "group", edits: true, isEnabled: hasNodes, run: ({ store }) => void groupSelected(store) },
  { id: "ungroup", title: "Ungroup", icon: Ungroup, keys: ["ctrl shift g"], menus: ["node"], group: "group", edits: true, isEnabled: isGrouped, run: ({ store }) => ungroupSelected(store) },
  { id: "delete", title: "Delete", icon: Trash2, keys: ["delete", "backspace"], menus: ["node", "connection"], group: "delete", edits: true, isDangerous: true, isEnabled: hasAny, run: ({ store }) => removeSelected(store) },
];
