import type { Definition } from "../definition/types";
import { definitionOf, isChanged, type Base, type BuilderState } from "./store";

/** What somebody was drawing when their session ended. */
export interface KeptDraft {
  readonly userId: string;
  readonly base: Base;
  readonly definition: Definition;
}

/** In this window only, until a builder is opened again. */
let kept: KeptDraft | null = null;

export function keepDraft(userId: string, state: BuilderState): void {
  if (isChanged(state)) kept = { userId, base: state.base, definition: definitionOf(state) };
}

/** Of this person and this workflow (null: one that was not saved yet), and of nobody else. */
export function keptDraft(userId: string, workflowId: string | null): KeptDraft | null {
  return kept !== null && kept.userId === userId && kept.base.workflowId === workflowId ? kept : null;
}

export function forgetDraft(): void {
  kept = null;
}
