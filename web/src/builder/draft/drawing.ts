/** The actions of people on notes and groups. */

import { counted } from "../counted";
import { groupNodes, nameGroup, ungroupNodes } from "../definition/commands/groups";
import { addNote, setNote } from "../definition/commands/notes";
import type { Point } from "../definition/position";
import type { Refusal } from "../definition/types";
import { onGrid } from "../../graph/layout";
import { change, definitionOf, edited, NOTHING, type BuilderStore } from "./store";

/** Adds an empty note and selects it. Returns its id. */
export function putNote(store: BuilderStore, at: Point): string {
  const { definition, id } = addNote(definitionOf(store.get()), onGrid(at));
  change(store, definition, { did: "add a note", select: { ...NOTHING, notes: new Set([id]) }, say: "Note added." });
  return id;
}

export function writeNote(store: BuilderStore, id: string, text: string): void {
  change(store, setNote(definitionOf(store.get()), id, { text }), { did: "write a note", topic: `note ${id}` });
}

export function moveNote(store: BuilderStore, id: string, to: Point): void {
  change(store, setNote(definitionOf(store.get()), id, to), { did: "move a note", topic: `move note ${id}` });
}

/** Puts the selected nodes into a group. They keep their places. */
export function groupSelected(store: BuilderStore): Refusal | null {
  const { nodes } = store.get().selection;
  return edited(store, (definition) => groupNodes(definition, nodes, "Group"), { did: `group ${counted(nodes.size, "node")}`, say: "Grouped." });
}

/** Takes the selected nodes out of their groups. */
export function ungroupSelected(store: BuilderStore): void {
  const { nodes } = store.get().selection;
  edited(store, (definition) => ungroupNodes(definition, nodes), { did: "ungroup", say: "Ungrouped." });
}

export function renameGroup(store: BuilderStore, id: string, name: string): void {
  change(store, nameGroup(definitionOf(store.get()), id, name), { did: "name a group", topic: `group ${id}` });
}
