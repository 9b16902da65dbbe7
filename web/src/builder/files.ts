/** Definitions as files: saved from the browser, and read again. */

import { fromText, isTextProblem, placed, toText, type Syntax, type TextProblem } from "./definition/text";
import type { Definition } from "./definition/types";

export { isTextProblem };

export function exportFile(definition: Definition, syntax: Syntax): void {
  const blob = new Blob([toText(definition, syntax)], { type: syntax === "json" ? "application/json" : "application/yaml" });
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = `${definition.name.replace(/[^A-Za-z0-9._-]+/g, "_").toLowerCase() || "workflow"}.${syntax}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}

const LARGEST = 1024 * 1024;

/** Returns the workflow in a file, or why the file has none. */
export async function importFile(file: File): Promise<Definition | TextProblem> {
  const refused = (problem: string): TextProblem => ({ problem: `${file.name}: ${problem}`, at: null });
  if (file.size > LARGEST) return refused("It is larger than 1 MiB.");
  const text = await textOf(file);
  if (text === null) return refused("It is not text in UTF-8, or can no longer be read.");
  const definition = fromText(text, file.name.toLowerCase().endsWith(".json") ? "json" : "yaml");
  if (isTextProblem(definition)) return refused(placed(text, definition));
  return definition.nodes.length === 0 ? refused("It has no nodes, so it is not a workflow.") : definition;
}

async function textOf(file: File): Promise<string | null> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return null;
  }
}
