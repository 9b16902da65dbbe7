import type { Definition } from "../definition/types";
import { definitionOf, isChanged, type Base, type BuilderState } from "./store";

/** A draft that was open when the session of its user ended. */
export interface KeptDraft {
  readonly userId: string;
  readonly base: Base;
  readonly definition: Definition;
}

/** Kept in this window only, until a builder is opened again. */
let kept: KeptDraft | null = null;

export function keepDraft(userId: string, state: BuilderState): void {
  if (isChanged(state)) kept = { userId, base: state.base, definition: definitionOf(state) };
}

/** Returns the draft of this user and this workflow (null: one that was not saved yet), never that of another user. */
export function keptDraft(userId: string, workflowId: string | null): KeptDraft | null {
  return kept !== null && kept.userId === userId && kept.base.workflowId === workflowId ? kept : null;
}

export function forgetDraft(): void {
  kept = null;
}
