/** What a builder begins with: the published definition, the draft that the server has, or what this browser kept of it. */

import { sameJson } from "../definition/sameJson";
import type { Source } from "../definition/source";
import type { Definition, JsonObject } from "../definition/types";
import type { DraftContent, LocalDraft } from "../draft/kept";
import type { Base } from "../draft/store";
import { sameSource, type Seen } from "./keeper";
import type { ServerDraft } from "./serverDraft";

/** A draft of the server with the version that it is based on. */
export interface FoundDraft extends ServerDraft {
  readonly base: Base;
}

export interface Opening extends DraftContent {
  readonly seen: Seen;
  /** Whether it is a draft, and not what was published. */
  readonly isDraft: boolean;
}

interface Found {
  readonly published: Base;
  /** What a workflow begins with that does not exist yet. */
  readonly first: { readonly definition: Definition; readonly source: Source | null | undefined } | undefined;
  readonly server: FoundDraft | null;
  readonly local: LocalDraft | null;
  readonly newId: () => string;
}

const NO_PINS: JsonObject = {};

/** Returns what to show. What this browser kept comes before the server's, unless the server has it: if both were changed, saving it finds the conflict. */
export function openingOf({ published, first, server, local, newId }: Found): Opening {
  const onServer = server && { base: server.base, definition: server.definition, source: server.source, broken: server.broken, pins: server.pins };
  const seen: Seen = server === null ? { id: newId(), revision: 0, content: null } : { id: server.id, revision: server.revision, content: onServer };
  const isKnown = local === null || sameDraft(local, onServer ?? { definition: published.definition, source: published.source ?? null, broken: null });
  if (!isKnown) {
    const { base, definition, source, broken, pins } = local;
    const isNext = onServer !== null && local.sending !== null && seen.revision === local.revision + 1 && sameDraft(local.sending, onServer);
    const id = server?.id ?? (local.revision === 0 ? local.id : seen.id);
    return { base, definition, source, broken, pins, isDraft: true, seen: { id, revision: server === null ? 0 : isNext ? seen.revision : local.revision, content: onServer } };
  }
  if (onServer !== null) return { ...onServer, isDraft: true, seen };
  return { base: published, definition: first?.definition ?? published.definition, source: (first === undefined ? published.source : first.source) ?? null, broken: null, pins: NO_PINS, isDraft: false, seen };
}

type Drawn = Pick<DraftContent, "definition" | "source" | "broken">;
// A draft has one text on the server: the one that cannot be read comes first.
const sameDraft = (one: Drawn, two: Drawn): boolean => sameSource(one.broken ?? one.source, two.broken ?? two.source) && sameJson(one.definition, two.definition);
