import { readDefinition } from "../definition/read";
import { sourceFrom } from "../definition/source";
import { isRefusal } from "../definition/types";
import type { Base } from "../draft/store";
import { loadVersion } from "../load";
import type { FoundDraft } from "./opening";
import type { ServerDraft } from "./serverDraft";

/** Returns the draft with the version that it is based on. `known`: a version that need not be read. */
export async function withBase(draft: ServerDraft, known: Base): Promise<FoundDraft> {
  if (draft.baseVersion === null || draft.baseVersion === known.version || known.workflowId === null) return { ...draft, base: known };
  const version = await loadVersion(known.workflowId, draft.baseVersion);
  const definition = readDefinition(version.definition);
  if (isRefusal(definition)) throw new Error(definition.message);
  return { ...draft, base: { ...known, version: draft.baseVersion, definition, source: sourceFrom(version.source) } };
}
