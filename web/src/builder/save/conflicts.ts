/** What to ask when somebody else published, or the same person saved the draft in another tab. */

import { readDefinition } from "../definition/read";
import { sameJson } from "../definition/sameJson";
import { sourceFrom, type Source } from "../definition/source";
import { isRefusal, type Definition } from "../definition/types";
import { change, type BuilderStore } from "../draft/store";
import { loadWorkflow } from "../load";
import type { Conflict } from "../versions/ConflictDialog";
import { keepingBeside } from "./keepingState";
import { withBase } from "./loadDraft";
import { loadDraft } from "./serverDraft";

/** Reads the published version. What is taken becomes a draft based on it. */
export async function publishedElsewhere(store: BuilderStore): Promise<Conflict> {
  const { base } = store.get();
  const theirs = await loadWorkflow(base.workflowId ?? "");
  const definition = readDefinition(theirs.definition);
  if (isRefusal(definition)) throw new Error(definition.message);
  const who = theirs.version_created_by ?? "somebody";
  const note = theirs.note ? ` with the note “${theirs.note}”` : "";
  return {
    title: "Somebody else published meanwhile",
    description: `${who} published version ${theirs.version} on ${new Date(theirs.version_created_at).toLocaleString()}${note}; you began with version ${base.version ?? 0}. Nothing of yours is lost.`,
    who,
    base: base.definition,
    theirs: definition,
    take: (result, say) => {
      const source = sourceFrom(theirs.source);
      store.set({ base: { workflowId: theirs.id, version: theirs.version, definition, source } });
      put(store, result, definition, source, say);
    },
  };
}

/** Reads the draft of the other tab. Null if it is gone: then what is here is saved. */
export async function savedElsewhere(store: BuilderStore): Promise<Conflict | null> {
  const keeper = keepingBeside(store).keeper;
  if (keeper === null) return null;
  const { base } = store.get();
  const draft = await loadDraft(base.workflowId === null ? { id: keeper.id } : { workflow: base.workflowId });
  if (draft === null) {
    keeper.continueFrom({ id: keeper.id, revision: 0, content: null });
    return null;
  }
  const found = await withBase(draft, base);
  return {
    title: "You changed this draft in another tab or browser",
    description: "The other tab saved its changes after this one was opened. Nothing was overwritten.",
    who: "the other tab",
    base: keeper.onServer?.definition ?? base.definition,
    theirs: found.definition,
    take: (result, say) => {
      store.set({ base: found.base });
      put(store, result, found.definition, found.source, say);
      keeper.continueFrom({ id: found.id, revision: found.revision, content: { base: found.base, definition: found.definition, source: found.source, broken: found.broken, pins: found.pins } });
    },
  };
}

/** Puts what was taken on the canvas. Where it is theirs, it is their text, too. */
function put(store: BuilderStore, result: Definition, theirs: Definition, source: Source | null, say: string): void {
  const isTheirs = sameJson(result, theirs);
  change(store, isTheirs ? theirs : result, { did: "merge", say, ...(isTheirs ? { source } : {}) });
}
