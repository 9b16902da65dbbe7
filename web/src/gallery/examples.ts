/** The examples of the gallery: a definition, words about it, and an input that it completes with. */

import { parseJson } from "../json/parseJson";
import type { Source } from "../builder/definition/source";
import { fromText, isTextProblem } from "../builder/definition/text";
import { isObject, type Definition, type JsonObject } from "../builder/definition/types";
import { EXAMPLE_FILES, type ExampleFile } from "./files";

export interface Example {
  readonly key: string;
  readonly definition: Definition;
  readonly source: Source;
  /** What can be learned from it. */
  readonly shows: string;
  readonly input: JsonObject;
}

/** Returns all examples, the easiest first. */
export function readExamples(): readonly Example[] {
  return EXAMPLE_FILES.map(readExample);
}

/** Reads one example. Its first lines are comments: the command that runs it with an input, and what it shows. */
export function readExample({ key, text }: ExampleFile): Example {
  const definition = fromText(text, "yaml");
  if (isTextProblem(definition)) throw new Error(`The example ${key} cannot be read: ${definition.problem}`);
  return { key, definition, source: { text, syntax: "yaml" }, shows: showsOf(text), input: inputOf(text) };
}

function inputOf(text: string): JsonObject {
  const written = /^#\s+interlock run .*--input '(.*)'$/m.exec(text)?.[1];
  const value = written === undefined ? {} : parseJson(written);
  return isObject(value) ? value : {};
}

function showsOf(text: string): string {
  const said = /^# Shows: (.*(?:\n# \S.*)*)/m.exec(text)?.[1] ?? "";
  return said.replaceAll("\n# ", " ");
}
