/** What a new workflow begins with: an example, or nothing but a start. */

import type { Source } from "./definition/source";
import type { Definition } from "./definition/types";

export const EMPTY: Definition = { name: "New workflow", nodes: [{ id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" }], connections: [] };

/** Returns the definition of an example with its text; the empty one if there is none of that name. */
export async function loadTemplate(key: string | null): Promise<{ readonly definition: Definition; readonly source: Source | null }> {
  if (key === null) return { definition: EMPTY, source: null };
  const { readExamples } = await import("../gallery/examples");
  return readExamples().find((example) => example.key === key) ?? { definition: EMPTY, source: null };
}
