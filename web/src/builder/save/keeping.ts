/** Connects the keeper of drafts to an open builder, and says how safe its draft is. Loaded on demand, so that the builder is drawn first. */

import { onMove } from "../../api/client";
import type { JsonObject } from "../definition/types";
import { forgetLocally, keepLocally, type DraftContent, type Owner } from "../draft/kept";
import { brokenText, definitionOf, isChanged, type BuilderStore } from "../draft/store";
import { keepingBeside } from "./keepingState";
import { Keeper, sameContent } from "./keeper";
import type { Opening } from "./opening";
import { newDraftId, removeDraft, sendDraft } from "./serverDraft";

/** Keeps the draft of a builder until the returned function is called. `onBegun`: the draft has its first copy, under this id. */
export function keepDraft(store: BuilderStore, owner: Owner, opening: Opening, onBegun: (id: string) => void): () => void {
  const beside = keepingBeside(store);
  const read = reader(store, opening);
  let isOver = false;
  const keeper = new Keeper(
    {
      read,
      send: sendDraft,
      remove: removeDraft,
      keep: (draft) => keepLocally(owner, draft),
      forget: (id) => [id, store.get().base.workflowId].forEach((key) => key !== null && forgetLocally(owner, key)),
      tell: beside.tell,
      newId: newDraftId,
      begun: (id) => {
        if (!isOver) onBegun(id);
      },
    },
    opening.seen,
  );
  beside.keeper = keeper;
  let last = read();
  const look = () => {
    const now = read();
    if (sameContent(now, last)) return;
    last = now;
    keeper.changed();
  };
  const hidden = () => {
    if (document.visibilityState === "hidden") keeper.flush(true);
  };
  const closing = () => keeper.flush(true);
  const online = () => keeper.retry();
  const stops = [
    store.subscribe(look),
    onMove(() => {
      keeper.flush(false);
      return isChanged(store.get()) ? definitionOf(store.get()).name || "the new workflow" : null;
    }),
    listen(document, "visibilitychange", hidden),
    listen(globalThis, "pagehide", closing),
    listen(globalThis, "online", online),
  ];
  keeper.changed();
  return () => {
    isOver = true;
    for (const stop of stops) stop();
    keeper.close();
  };
}

function listen(target: EventTarget, name: string, listener: () => void): () => void {
  target.addEventListener(name, listener);
  return () => target.removeEventListener(name, listener);
}

/** Returns the draft as it is now; null if it is what was published, or what a new workflow began with. The parts stay the same while nothing changes. */
function reader(store: BuilderStore, opening: Opening): () => DraftContent | null {
  const begin = opening.isDraft ? null : opening.definition;
  let known: { readonly of: readonly unknown[]; readonly content: DraftContent | null } | null = null;
  return () => {
    const state = store.get();
    const { definition, source } = state.history.now;
    const [broken, base, pins] = [brokenText(state), state.base, pinsOf(opening)];
    const of = [definition, source, broken, base, pins];
    if (known?.of.every((part, position) => part === of[position])) return known.content;
    const isNothing = (definition === begin || !isChanged(state)) && broken === null && Object.keys(pins).length === 0;
    known = { of, content: isNothing ? null : { base, definition, source, broken: broken && { text: broken.text, syntax: broken.syntax }, pins } };
    return known.content;
  };
}

const pinsOf = (opening: Opening): JsonObject => opening.pins;
