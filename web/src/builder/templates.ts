/** Templates of workflows: the files of `examples/`, and an empty one. */

import type { Source } from "./definition/source";
import type { Definition } from "./definition/types";

const FILES = import.meta.glob<string>("../../../examples/*.yaml", { query: "?raw", import: "default" });

export interface Template {
  readonly key: string;
  readonly title: string;
}

export const EMPTY: Definition = { name: "New workflow", nodes: [{ id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" }], connections: [] };

const keyOf = (path: string): string => path.replace(/^.*\//, "").replace(/\.yaml$/, "");

export const TEMPLATES: readonly Template[] = Object.keys(FILES).map((path) => ({ key: keyOf(path), title: sentence(keyOf(path)) }));

function sentence(key: string): string {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Returns the definition of a template with its text; the empty one if there is none of that name. */
export async function loadTemplate(key: string | null): Promise<{ readonly definition: Definition; readonly source: Source | null }> {
  const load = Object.entries(FILES).find(([path]) => keyOf(path) === key)?.[1];
  if (load === undefined) return { definition: EMPTY, source: null };
  const { fromText, isTextProblem } = await import("./definition/text");
  const text = await load();
  const definition = fromText(text, "yaml");
  if (isTextProblem(definition)) throw new Error(`The template ${key ?? ""} cannot be read: ${definition.problem}`);
  return { definition, source: { text, syntax: "yaml" } };
}
