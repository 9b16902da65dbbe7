/** The commands that put nodes in order. */

import { AlignCenterHorizontal, AlignCenterVertical, AlignEndHorizontal, AlignEndVertical, AlignHorizontalDistributeCenter, AlignStartHorizontal, AlignStartVertical, AlignVerticalDistributeCenter, LayoutDashboard, type LucideIcon } from "lucide-react";
import { aligned, distributed, type Edge } from "../../graph/aligning";
import { heightsOf, type Positions } from "../../graph/layout";
import { move } from "../draft/actions";
import { definitionOf, tidy } from "../draft/store";
import type { Command, CommandContext } from "./command";

/** The boxes of the selected nodes: an alignment is about the way they are drawn. */
function arrangeSelected({ store }: CommandContext, arranged: (ids: readonly string[], positions: Positions, heights: ReadonlyMap<string, number>) => Positions): void {
  const state = store.get();
  move(store, arranged([...state.selection.nodes], state.history.now.positions, heightsOf(definitionOf(state), state.types)));
}

const atLeast = (count: number) => ({ store }: CommandContext) => store.get().selection.nodes.size >= count;

function align(edge: Edge, title: string, icon: LucideIcon, key: string): Command {
  return { id: `align ${edge}`, title, icon, keys: [`alt shift ${key}`], menus: ["node"], group: "arrange", edits: true, isEnabled: atLeast(2), run: (context) => arrangeSelected(context, (...given) => aligned(edge, ...given)) };
}

function distribute(axis: "x" | "y", title: string, icon: LucideIcon, key: string): Command {
  return { id: `distribute ${axis}`, title, icon, keys: [`alt shift ${key}`], menus: ["node"], group: "arrange", edits: true, isEnabled: atLeast(3), run: (context) => arrangeSelected(context, (...given) => distributed(axis, ...given)) };
}

export const ARRANGING: readonly Command[] = [
  align("left", "Align left edges", AlignStartVertical, "arrowleft"),
  align("centre", "Align centres", AlignCenterVertical, "c"),
  align("right", "Align right edges", AlignEndVertical, "arrowright"),
  align("top", "Align top edges", AlignStartHorizontal, "arrowup"),
  align("middle", "Align middles", AlignCenterHorizontal, "m"),
  align("bottom", "Align bottom edges", AlignEndHorizontal, "arrowdown"),
  distribute("x", "Distribute across", AlignHorizontalDistributeCenter, "h"),
  distribute("y", "Distribute down", AlignVerticalDistributeCenter, "v"),
  {
    id: "tidy",
    title: "Lay out anew",
    icon: LayoutDashboard,
    keys: ["shift l"],
    menus: ["canvas"],
    group: "arrange",
    edits: true,
    run: ({ store, view }) => {
      tidy(store);
      setTimeout(() => view.get().canvas?.fit(), 40);
    },
  },
];
