/** Definitions as files: saved from the browser, and read back. */

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

export async function importFile(file: File): Promise<Definition | TextProblem> {
  if (file.size > LARGEST) return { problem: "The file is larger than 1 MiB.", at: null };
  const text = await file.text();
  const definition = fromText(text, file.name.endsWith(".json") ? "json" : "yaml");
  return isTextProblem(definition) ? { ...definition, problem: `${file.name}: ${placed(text, definition)}` } : definition;
}
