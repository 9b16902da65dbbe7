import { listed, type Note } from "../drawing";
import type { Point } from "../position";
import { without, type Definition, type JsonObject } from "../types";

/** Returns the definition with another list of notes or groups; without the list if it is empty. */
export function withList(definition: Definition, name: "notes" | "groups", items: readonly JsonObject[]): Definition {
  return (items.length === 0 ? without(definition, name) : { ...definition, [name]: items }) as Definition;
}

/** Returns the first of `stem_1`, `stem_2`, … that no item has. */
export function freshName(items: readonly JsonObject[], stem: string): string {
  const taken = new Set(items.map((item) => item.id));
  for (let number = 1; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
}

export function addNote(definition: Definition, at: Point): { readonly definition: Definition; readonly id: string } {
  const notes = listed(definition.notes);
  const id = freshName(notes, "note");
  return { id, definition: withList(definition, "notes", [...notes, { id, text: "", position: { x: at.x, y: at.y } }]) };
}

/** Returns the definition with another text, place or size of a note. */
export function setNote(definition: Definition, id: string, change: Partial<Pick<Note, "text" | "x" | "y" | "width" | "height">>): Definition {
  const { x, y, ...rest } = change;
  const changed = (item: JsonObject): JsonObject => ({ ...item, ...rest, ...(x === undefined || y === undefined ? {} : { position: { x, y } }) });
  return withList(definition, "notes", listed(definition.notes).map((item) => (item.id === id ? changed(item) : item)));
}

export function removeNotes(definition: Definition, ids: ReadonlySet<string>): Definition {
  const notes = listed(definition.notes);
  const kept = notes.filter((item) => typeof item.id !== "string" || !ids.has(item.id));
  return kept.length === notes.length ? definition : withList(definition, "notes", kept);
}

