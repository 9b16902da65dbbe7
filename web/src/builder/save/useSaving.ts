import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useToasts } from "../../design";
import { placeErrors, type DefinitionError } from "../definition/errors";
import { counted } from "../counted";
import type { Definition } from "../definition/types";
import { definitionOf, keepText, useBuilderStore } from "../draft/store";
import { useViewStore } from "../view/viewStore";
import type { Conflict } from "../versions/ConflictDialog";
import { keepingBeside, useKeeping } from "./keepingState";

const CONFLICT = "IL019";
const REFUSED = "IL020";

export interface Saved {
  readonly id: string;
  readonly version: number;
  readonly isNew: boolean;
}

export type Saving = ReturnType<typeof useSaving>;

/** Publishes a new version. Errors are shown at their places and in the list; if somebody else published meanwhile, both are merged. Nothing is overwritten unseen. */
export function useSaving(onSaved: (saved: Saved) => void) {
  const store = useBuilderStore();
  const view = useViewStore();
  const toasts = useToasts();
  const client = useQueryClient();
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const failed = (failure: unknown) => toasts.failed("The other version could not be read", failure);
  const merge = () => void import("./conflicts").then(({ publishedElsewhere }) => publishedElsewhere(store)).then(setConflict, failed);
  const save = useMutation({
    mutationFn: async (note: string) => {
      const { base } = store.get();
      const { definition, source } = store.get().history.now;
      const { textFor } = await import("../definition/patch/patchText");
      const syntax = source?.syntax ?? "yaml";
      const text = textFor(source, definition, syntax);
      const saved = await send(base.workflowId, base.version, definition, text, note);
      return { saved, definition, source: { text, syntax }, before: base };
    },
    onSuccess: ({ saved, definition, source, before }) => {
      setConflict(null);
      if (definitionOf(store.get()) === definition) keepText(store, source);
      if (view.get().dialog === "publish") view.set({ dialog: null });
      store.set({ base: { workflowId: saved.id, version: saved.version, definition, source } });
      keepingBeside(store).keeper?.flush(false);
      void client.invalidateQueries({ queryKey: ["workflow", saved.id] });
      void client.invalidateQueries({ queryKey: ["workflows"] });
      toasts.succeeded(...words(saved, before.version));
      onSaved({ id: saved.id, version: saved.version, isNew: before.workflowId === null });
    },
    onError: (error) => {
      view.set({ dialog: null });
      if (error instanceof ProblemError && error.code === CONFLICT) merge();
      else if (error instanceof ProblemError && error.code === REFUSED) {
        const definition = definitionOf(store.get());
        store.set({ checked: placeErrors(definition, error.invalid.map(asError), "error"), checkedFor: definition });
        view.set({ showsErrors: true });
        toasts.failed("Not published", new Error(`${counted(error.invalid.length, "error")} to be fixed first. Your draft is kept.`));
      } else toasts.failed("Not published", error);
    },
  });
  useOtherTab(setConflict);
  return { save: () => save.mutate(""), publish: (note: string) => save.mutate(note), isSaving: save.isPending, merge, conflict, closeConflict: () => setConflict(null) };
}

/** Asks at once when the draft was saved in another tab or browser. */
function useOtherTab(ask: (conflict: Conflict | null) => void): void {
  const store = useBuilderStore();
  const toasts = useToasts();
  const isElsewhere = useKeeping().status === "elsewhere";
  const load = useEffectEvent(() => {
    void import("./conflicts")
      .then(({ savedElsewhere }) => savedElsewhere(store))
      .then(ask, (failure: unknown) => toasts.failed("The draft of the other tab could not be read", failure));
  });
  useEffect(() => {
    if (isElsewhere) load();
  }, [isElsewhere]);
}

function words({ created, version }: { readonly created: boolean; readonly version: number }, before: number | null): readonly [string, string] {
  if (created) return [`Published as version ${version}`, ""];
  if (version === before) return [`Published the text of version ${version}`, "What it does has not changed, so there is no other version."];
  return [`Version ${version} is the current one again`, "This content was published before."];
}

async function send(id: string | null, version: number | null, definition: Definition, source: string, note: string) {
  const body = { definition, source, ...(note === "" ? {} : { note }) };
  if (id === null) return answer(api.POST("/api/v1/workflows", { body }));
  return answer(
    api.PUT("/api/v1/workflows/{workflow}", {
      params: { path: { workflow: id }, header: version === null ? {} : { "If-Match": `"${version}"` } },
      body: body as never,
    }),
  );
}

/** The places of a refused save begin with `definition`, the field of the request. */
function asError(field: { place: string; message: string; code?: string; hint?: string }): DefinitionError {
  return { code: field.code ?? "", place: field.place.replace(/^body\.?/, "").replace(/^\.?definition\.?/, ""), message: field.message, hint: field.hint ?? "" };
}
