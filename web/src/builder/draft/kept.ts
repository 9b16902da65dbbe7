/** The second net under drafts: a copy in the browser's storage of what the server does not have yet. */

import { parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { readDefinition } from "../definition/read";
import type { Source } from "../definition/source";
import { isRefusal, type Definition, type JsonObject } from "../definition/types";
import type { Base } from "./store";

/** Whose a draft is. */
export interface Owner {
  readonly userId: string;
  readonly workspaceId: number;
}

/** What a draft holds. */
export interface DraftContent {
  readonly base: Base;
  readonly definition: Definition;
  /** The text that the definition was last read from; null: it has none. */
  readonly source: Source | null;
  /** What was written after that, and cannot be read yet. */
  readonly broken: Source | null;
  readonly pins: JsonObject;
}

/** A draft that the server may not have yet. */
export interface LocalDraft extends DraftContent {
  readonly id: string;
  /** The revision on the server that it follows; 0: the server has none. */
  readonly revision: number;
  /** What was on its way to the server as the next revision, when this was written; null if nothing was. */
  readonly sending: Pick<DraftContent, "definition" | "source" | "broken"> | null;
}

/** Keeps the draft in this browser, also while the page is loaded again. Returns whether there was room. */
export function keepLocally(owner: Owner, draft: LocalDraft): boolean {
  try {
    localStorage.setItem(keyOf(owner, draft.base.workflowId ?? draft.id), writeJson(draft));
    return true;
  } catch {
    return false;
  }
}

/** Returns the kept draft of this user, in this workspace, of this workflow (or, of one that does not exist yet, with this id), and no other. */
export function localDraft(owner: Owner, workflowOrDraft: string): LocalDraft | null {
  try {
    const draft = parseJson(localStorage.getItem(keyOf(owner, workflowOrDraft)) ?? "") as unknown as LocalDraft;
    const [definition, base] = [readDefinition(draft.definition), readDefinition(draft.base.definition)];
    return isRefusal(definition) || isRefusal(base) ? null : { ...draft, definition, base: { ...draft.base, definition: base } };
  } catch {
    return null;
  }
}

export function forgetLocally(owner: Owner, workflowOrDraft: string): void {
  try {
    localStorage.removeItem(keyOf(owner, workflowOrDraft));
  } catch {
    // There is no storage.
  }
}

function keyOf({ userId, workspaceId }: Owner, workflowOrDraft: string): string {
  return `interlock.draft.${workspaceId}.${userId}.${workflowOrDraft}`;
}
