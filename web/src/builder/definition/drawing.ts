/** Notes and groups: what people add to the drawing. It does not change how the workflow runs. */

import { measured } from "../../json/exactNumber";
import { positionOf, type Point } from "./position";
import { isList, isObject, type Definition, type Json, type JsonObject, type NodeDefinition, type NodeId } from "./types";

export interface Note extends Point {
  readonly id: string;
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly nodes: readonly NodeId[];
}

export const NOTE_SIZE = { width: 240, height: 120 };

/** Returns the notes that can be drawn; of several with one id the first. */
export function notesOf(definition: Definition): readonly Note[] {
  return firstOfEach(listed(definition.notes).flatMap(noteFrom));
}

function noteFrom(item: JsonObject): Note[] {
  const point = positionOf(item as unknown as NodeDefinition);
  if (typeof item.id !== "string" || point === undefined) return [];
  const size = (value: Json | undefined, usual: number) => {
    const number = measured(value);
    return typeof number === "number" && number >= 40 ? Math.min(number, 10_000) : usual;
  };
  return [{ id: item.id, ...point, text: typeof item.text === "string" ? item.text : "", width: size(item.width, NOTE_SIZE.width), height: size(item.height, NOTE_SIZE.height) }];
}

/** Returns the groups that can be drawn, each with those of its nodes that there are. */
export function groupsOf(definition: Definition): readonly Group[] {
  const ids = new Set(definition.nodes.map((node) => node.id));
  const groups = listed(definition.groups).flatMap((item) => {
    const nodes = isList(item.nodes) ? item.nodes.filter((node): node is string => typeof node === "string" && ids.has(node)) : [];
    return typeof item.id === "string" && nodes.length > 0 ? [{ id: item.id, name: typeof item.name === "string" ? item.name : item.id, nodes }] : [];
  });
  return firstOfEach(groups);
}

export function listed(value: Json | undefined): readonly JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}

function firstOfEach<Item extends { readonly id: string }>(items: readonly Item[]): readonly Item[] {
  const seen = new Set<string>();
  return items.filter(({ id }) => !seen.has(id) && seen.add(id));
}
