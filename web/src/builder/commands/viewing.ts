/** The commands that change what is seen, and those on the whole workflow. */

import { BoxSelect, Flame, Keyboard, Maximize, Menu, PanelRight, Play, Upload, X, ZoomIn, ZoomOut } from "lucide-react";
import { select, selectAll } from "../draft/actions";
import { pin } from "../view/viewStore";
import type { Command, CommandContext } from "./command";

/** Closes what is open, one after the other: the palette, the selection, the settings. */
function leave({ store, view }: CommandContext): void {
  const { adding } = view.get();
  const { nodes, connections, notes } = store.get().selection;
  if (adding !== null) view.set({ adding: null });
  else if (nodes.size + connections.size + (notes?.size ?? 0) > 0) select(store, []);
  else view.set({ showsSettings: false });
}

/** Opens the menu of what is focused or selected, else of the canvas, as a right click on it does. */
function openMenu(): void {
  const parts = ".react-flow__node, .react-flow__edge";
  const found = document.activeElement?.closest(parts) ?? document.querySelector(".react-flow__node.selected, .react-flow__edge.selected") ?? document.querySelector(".react-flow__pane");
  if (found === null) return;
  const { x, y, width, height } = found.getBoundingClientRect();
  found.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX: x + width / 2, clientY: y + height / 2 }));
}

export const VIEWING: readonly Command[] = [
  { id: "menu", title: "All commands here", icon: Menu, keys: ["shift f10", "contextmenu"], menus: [], group: "view", edits: false, run: openMenu },
  { id: "select all", title: "Select all", icon: BoxSelect, keys: ["ctrl a"], menus: ["canvas"], group: "view", edits: false, run: ({ store }) => selectAll(store) },
  { id: "leave", title: "Select nothing", icon: X, keys: ["escape"], menus: [], group: "view", edits: false, run: leave },
  { id: "fit", title: "Fit all in view", icon: Maximize, keys: ["shift f"], menus: ["canvas"], group: "view", edits: false, run: ({ view }) => view.get().canvas?.fit() },
  { id: "zoom in", title: "Zoom in", icon: ZoomIn, keys: ["shift arrowup"], menus: [], group: "view", edits: false, isEnabled: ({ store }) => store.get().selection.nodes.size === 0, run: ({ view }) => view.get().canvas?.zoomBy(1) },
  { id: "zoom out", title: "Zoom out", icon: ZoomOut, keys: ["shift arrowdown"], menus: [], group: "view", edits: false, isEnabled: ({ store }) => store.get().selection.nodes.size === 0, run: ({ view }) => view.get().canvas?.zoomBy(-1) },
  { id: "heat", title: "Errors of the last day", icon: Flame, keys: ["shift h"], menus: ["canvas"], group: "view", edits: false, run: ({ view }) => view.set({ showsHeat: !view.get().showsHeat }) },
  { id: "pin", title: "Pin the inspector", icon: PanelRight, keys: ["shift i"], menus: [], group: "view", edits: false, run: ({ view }) => pin(view, !view.get().isPinned) },
  { id: "save", title: "Publish", icon: Upload, keys: ["ctrl s"], menus: [], group: "workflow", edits: true, whileTyping: true, run: ({ save }) => save() },
  { id: "run", title: "Run", icon: Play, keys: ["ctrl enter"], menus: [], group: "workflow", edits: false, run: ({ run }) => run() },
  { id: "help", title: "All keys", icon: Keyboard, keys: ["?"], menus: ["canvas"], group: "workflow", edits: false, run: ({ view }) => view.set({ dialog: "help" }) },
];
