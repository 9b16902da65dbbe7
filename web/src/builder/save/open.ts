/** Loads what a builder begins with. */

import { parseJson } from "../../json/parseJson";
import { readDefinition } from "../definition/read";
import { sourceFrom, type Source } from "../definition/source";
import type { TextProblem } from "../definition/text";
import { isRefusal, type Definition } from "../definition/types";
import { localDraft, type Owner } from "../draft/kept";
import type { Base } from "../draft/store";
import { loadWorkflow } from "../load";
import { loadTemplate } from "../templates";
import { withBase } from "./loadDraft";
import { openingOf, type Opening } from "./opening";
import { loadDraft, newDraftId } from "./serverDraft";

export interface Asked {
  /** Of the workflow; undefined: it does not exist yet. */
  readonly id: string | undefined;
  /** Of the draft of a workflow that does not exist yet. */
  readonly draftId: string | null;
  readonly template: string | null;
  /** What the page before gave: the text of a definition, because the state of an address would lose exact numbers. */
  readonly given: { readonly definition?: string; readonly source?: Source };
  readonly owner: Owner;
  readonly canEdit: boolean;
}

export interface Opened {
  readonly opening: Opening;
  /** Why the text of the draft cannot be read. */
  readonly problem: TextProblem | null;
}

const EMPTY_BASE: Definition = { name: "", nodes: [], connections: [] };

/** Raises an error if the definition cannot be drawn. */
export async function open({ id, draftId, template, given, owner, canEdit }: Asked): Promise<Opened> {
  const [published, first, draft] = await Promise.all([publishedOf(id), id === undefined ? beginningOf(template, given) : undefined, canEdit ? draftOf(id, draftId) : null]);
  const opening = openingOf({
    published,
    first,
    server: draft && (await withBase(draft, published)),
    local: canEdit ? localDraft(owner, published.workflowId ?? draftId ?? "") : null,
    newId: () => draftId ?? newDraftId(),
  });
  return { opening, problem: opening.broken && (await problemOf(opening.broken)) };
}

async function publishedOf(id: string | undefined): Promise<Base> {
  if (id === undefined) return { workflowId: null, version: null, definition: EMPTY_BASE };
  const workflow = await loadWorkflow(id);
  return { workflowId: workflow.id, version: workflow.version, definition: drawn(readDefinition(workflow.definition)), source: sourceFrom(workflow.source) };
}

async function beginningOf(template: string | null, given: Asked["given"]) {
  return given.definition === undefined ? loadTemplate(template) : { definition: drawn(readDefinition(parseJson(given.definition))), source: given.source };
}

function drawn(read: ReturnType<typeof readDefinition>): Definition {
  if (isRefusal(read)) throw new Error(`This definition cannot be drawn. ${read.message}`);
  return read;
}

async function draftOf(id: string | undefined, draftId: string | null) {
  if (id !== undefined) return loadDraft({ workflow: id });
  return draftId === null ? null : loadDraft({ id: draftId });
}

async function problemOf({ text, syntax }: Source): Promise<TextProblem | null> {
  const { fromText, isTextProblem } = await import("../definition/text");
  const read = fromText(text, syntax);
  return isTextProblem(read) ? read : null;
}
