/** Publishes an example and starts it with its input. */

import { answer, api } from "../api/client";
import { ProblemError } from "../api/problem";
import { textFor } from "../builder/definition/patch/patchText";
import { keptInputKey } from "../builder/run/RunDialog";
import { writeJson } from "../json/writeJson";
import type { Example } from "./examples";

const NAME_TAKEN = "IL021";
const MOST_COPIES = 50;

/**
 * Returns the id of the execution.
 *
 * An example that is unchanged is published once, however often it is run. A workflow that somebody changed keeps its name: the example gets a number behind its own.
 */
export async function runExample(example: Example): Promise<string> {
  const { id } = await publish(example, 1);
  const started = await answer(api.POST("/api/v1/workflows/{workflow}/run", { params: { path: { workflow: id } }, body: { input: example.input } }));
  sessionStorage.setItem(keptInputKey(id), writeJson(example.input, 2));
  return started.execution_id;
}

async function publish(example: Example, copy: number): Promise<{ readonly id: string }> {
  const { source } = example;
  const definition = { ...example.definition, name: nameOf(example.definition.name, copy) };
  const body = { definition, source: textFor(source, definition, source.syntax) };
  try {
    return await answer(api.POST("/api/v1/workflows", { body }));
  } catch (error) {
    if (error instanceof ProblemError && error.code === NAME_TAKEN && copy < MOST_COPIES) return publish(example, copy + 1);
    throw error;
  }
}

const nameOf = (name: string, copy: number): string => (copy === 1 ? name : `${name} ${copy}`);
