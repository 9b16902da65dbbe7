/** The draft of the user on the server: reads, writes and deletes it. */

import { answer, api, done } from "../../api/client";
import { OfflineError, ProblemError } from "../../api/problem";
import { parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { readDefinition } from "../definition/read";
import type { Source } from "../definition/source";
import { isRefusal, type Definition, type JsonObject } from "../definition/types";
import type { DraftContent } from "../draft/kept";
import type { SendOutcome } from "./keeper";

/** A draft as the server has it. */
export interface ServerDraft {
  readonly id: string;
  readonly revision: number;
  readonly baseVersion: number | null;
  readonly definition: Definition;
  readonly source: Source | null;
  readonly broken: Source | null;
  readonly pins: JsonObject;
}

/** A request that outlives the page may have at most so many bytes; browsers allow 64 KiB for all of them together. */
const KEEPALIVE_BYTES = 60_000;
const [NO_WORKFLOW, GONE, ELSEWHERE] = ["IL005", "IL024", "IL025"];

/** What the page is still sending, also of builders that were left. */
const underWay = new Set<Promise<unknown>>();

function tracked<T>(promise: Promise<T>): Promise<T> {
  underWay.add(promise);
  const over = () => underWay.delete(promise);
  promise.then(over, over);
  return promise;
}

/** Returns the draft of a workflow, or the one with this id; null if there is none. It waits for what a builder before has not sent yet. */
export async function loadDraft(of: { readonly workflow: string } | { readonly id: string }): Promise<ServerDraft | null> {
  await Promise.race([Promise.allSettled(underWay), new Promise((resolve) => setTimeout(resolve, 3_000))]);
  if ("id" in of) return read(of.id);
  const [found] = (await answer(api.GET("/api/v1/drafts", { params: { query: { workflow: of.workflow } } }))).items;
  return found === undefined ? null : read(found.id);
}

async function read(id: string): Promise<ServerDraft | null> {
  try {
    const body = await answer(api.GET("/api/v1/drafts/{draft_id}", { params: { path: { draft_id: id } }, parseAs: "text" }));
    const draft = parseJson(body) as { revision: number; base_version: number | null; definition: JsonObject | null; text: string | null; syntax: "yaml" | "json" | null; pins: JsonObject };
    const definition = readDefinition(draft.definition ?? {});
    if (isRefusal(definition)) return null;
    const text = draft.text !== null && draft.syntax !== null ? { text: draft.text, syntax: draft.syntax } : null;
    const isBroken = text !== null && (await cannotBeRead(text));
    return { id, revision: draft.revision, baseVersion: draft.base_version, definition, source: isBroken ? null : text, broken: isBroken ? text : null, pins: draft.pins };
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

async function cannotBeRead({ text, syntax }: Source): Promise<boolean> {
  const { fromText, isTextProblem } = await import("../definition/text");
  return isTextProblem(fromText(text, syntax));
}

/** Saves a draft. `isLast`: the page is being closed. */
export async function sendDraft(id: string, revision: number, content: DraftContent, isLast: boolean): Promise<SendOutcome> {
  const { base, definition, source, broken, pins } = content;
  const body = { revision, definition, pins, ...(broken ?? source ?? {}), ...(base.workflowId === null ? {} : { workflow: base.workflowId, ...(base.version === null ? {} : { base_version: base.version }) }) };
  const keepalive = isLast && writeJson(body).length < KEEPALIVE_BYTES;
  try {
    const saved = await tracked(answer(api.PUT("/api/v1/drafts/{draft_id}", { params: { path: { draft_id: id } }, body: body as never, keepalive })));
    return { revision: saved.revision };
  } catch (error) {
    return outcomeOf(error);
  }
}

export function outcomeOf(error: unknown): SendOutcome {
  if (error instanceof OfflineError || !(error instanceof ProblemError)) return { failed: "offline", afterMs: null };
  if (error.code === ELSEWHERE) return { failed: "elsewhere" };
  if (error.code === GONE) return { failed: "gone" };
  if (error.code === NO_WORKFLOW) return { failed: "refused", problem: "The workflow was deleted." };
  if (error.retryable || error.status === 401 || error.status === 412) return { failed: "offline", afterMs: error.retryAfter === undefined ? null : error.retryAfter * 1_000 };
  return { failed: "refused", problem: [error.message, error.hint].filter(Boolean).join(" ") };
}

/** Deletes a draft; returns false if no answer came. */
export async function removeDraft(id: string, revision: number, isLast: boolean): Promise<boolean> {
  try {
    await tracked(done(api.DELETE("/api/v1/drafts/{draft_id}", { params: { path: { draft_id: id }, query: { revision } }, keepalive: isLast })));
    return true;
  } catch (error) {
    // Another tab saved it meanwhile: it is that tab's draft now.
    return error instanceof ProblemError && !error.retryable;
  }
}

/** Makes an id; pages that are not served over HTTPS have no `randomUUID`. */
export function newDraftId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, position) => (position === 6 ? (byte & 0x0f) | 0x40 : position === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
