import { parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { readDefinition } from "../definition/read";
import { isRefusal, type Definition } from "../definition/types";
import { definitionOf, isChanged, type Base, type BuilderState } from "./store";

/** Whose a draft is. */
export interface Owner {
  readonly userId: string;
  readonly workspaceId: number;
}

/** A draft that was open when the session of its user ended, or moved to another workspace. */
export interface KeptDraft {
  readonly owner: Owner;
  readonly base: Base;
  readonly definition: Definition;
}

/** Kept in this window only, until a builder is opened again. */
let kept: KeptDraft | null = null;
let isStored = false;

export function keepDraft(owner: Owner, state: BuilderState): void {
  if (isChanged(state)) kept = { owner, base: state.base, definition: definitionOf(state) };
}

/** Keeps the draft in this tab while its page is loaded again, one for each workspace. Returns its name; null if there is nothing to keep, or no place. */
export function storeDraft(owner: Owner, state: BuilderState): string | null {
  if (!isChanged(state)) return null;
  const definition = definitionOf(state);
  try {
    sessionStorage.setItem(keyOf(owner), writeJson({ owner, base: state.base, definition }));
  } catch {
    return null;
  }
  isStored = true;
  return definition.name || "the new workflow";
}

/** Whether the draft outlives the page. */
export function isDraftStored(): boolean {
  return isStored;
}

/** Returns the draft of this user, in this workspace, of this workflow (null: one that was not saved yet), and no other. */
export function keptDraft(owner: Owner, workflowId: string | null): KeptDraft | null {
  const isIt = (draft: KeptDraft) => draft.owner.userId === owner.userId && draft.owner.workspaceId === owner.workspaceId && draft.base.workflowId === workflowId;
  return [kept, storedDraft(owner)].find((draft) => draft !== null && isIt(draft)) ?? null;
}

export function forgetDraft(owner: Owner): void {
  kept = null;
  try {
    sessionStorage.removeItem(keyOf(owner));
  } catch {
    // There is no storage.
  }
}

function storedDraft(owner: Owner): KeptDraft | null {
  try {
    const draft = parseJson(sessionStorage.getItem(keyOf(owner)) ?? "") as unknown as KeptDraft;
    const [definition, saved] = [readDefinition(draft.definition), readDefinition(draft.base.definition)];
    return isRefusal(definition) || isRefusal(saved) ? null : { owner: draft.owner, base: { ...draft.base, definition: saved }, definition };
  } catch {
    return null;
  }
}

function keyOf({ workspaceId }: Owner): string {
  return `interlock.draft.${workspaceId}`;
}
