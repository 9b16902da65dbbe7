/** Definitions as files: saved from the browser, and read again. */

import { textFor } from "./definition/patch/patchText";
import type { Source } from "./definition/source";
import { fromText, isTextProblem, placed, type Syntax, type TextProblem } from "./definition/text";
import type { Definition } from "./definition/types";

export { isTextProblem };

/** A definition with the text that it was read from. */
export interface ReadFile {
  readonly definition: Definition;
  readonly source: Source;
}

export function exportFile(definition: Definition, source: Source | null, syntax: Syntax): void {
  const blob = new Blob([textFor(source, definition, syntax)], { type: syntax === "json" ? "application/json" : "application/yaml" });
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = `${definition.name.replace(/[^A-Za-z0-9._-]+/g, "_").toLowerCase() || "workflow"}.${syntax}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}

/** Whether a file is what was exported of a version, so that reading it again changes nothing. */
export function isAsExported({ source }: ReadFile, base: { readonly definition: Definition; readonly source?: Source | null }): boolean {
  return textFor(base.source ?? null, base.definition, source.syntax) === source.text;
}

const LARGEST = 1024 * 1024;

/** Returns the workflow in a file, or why the file has none. */
export async function importFile(file: File): Promise<ReadFile | TextProblem> {
  const refused = (problem: string): TextProblem => ({ problem: `${file.name}: ${problem}`, at: null });
  if (file.size > LARGEST) return refused("It is larger than 1 MiB.");
  const text = await textOf(file);
  if (text === null) return refused("It is not text in UTF-8, or can no longer be read.");
  const syntax: Syntax = file.name.toLowerCase().endsWith(".json") ? "json" : "yaml";
  const definition = fromText(text, syntax);
  if (isTextProblem(definition)) return refused(placed(text, definition));
  return definition.nodes.length === 0 ? refused("It has no nodes, so it is not a workflow.") : { definition, source: { text, syntax } };
}

async function textOf(file: File): Promise<string | null> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return null;
  }
}
