import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useToasts } from "../../design";
import { placeErrors, type DefinitionError } from "../definition/errors";
import { counted } from "../counted";
import { readDefinition } from "../definition/read";
import { isRefusal, type Definition } from "../definition/types";
import { change, definitionOf, keepText, useBuilderStore, type BuilderStore } from "../draft/store";
import { sourceFrom } from "../definition/source";
import { loadWorkflow } from "../load";
import type { Conflict } from "../versions/ConflictDialog";

const CONFLICT = "IL019";
const REFUSED = "IL020";

export interface Saved {
  readonly id: string;
  readonly version: number;
  readonly isNew: boolean;
}

export type Saving = ReturnType<typeof useSaving>;

/** Saves a new version. Errors are shown at their places; if somebody else saved meanwhile, the user decides. Nothing is overwritten unseen. */
export function useSaving(onSaved: (saved: Saved) => void) {
  const store = useBuilderStore();
  const toasts = useToasts();
  const client = useQueryClient();
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const save = useMutation({
    mutationFn: async (over: number | null) => {
      const { base } = store.get();
      const { definition, source } = store.get().history.now;
      const { textFor } = await import("../definition/patch/patchText");
      const syntax = source?.syntax ?? "yaml";
      const text = textFor(source, definition, syntax);
      const saved = await send(base.workflowId, over ?? base.version, definition, text);
      return { saved, definition, source: { text, syntax }, before: base };
    },
    onSuccess: ({ saved, definition, source, before }) => {
      setConflict(null);
      if (definitionOf(store.get()) === definition) keepText(store, source);
      store.set({ base: { workflowId: saved.id, version: saved.version, definition, source } });
      void client.invalidateQueries({ queryKey: ["workflow", saved.id] });
      void client.invalidateQueries({ queryKey: ["workflows"] });
      toasts.succeeded(...words(saved, before.version));
      onSaved({ id: saved.id, version: saved.version, isNew: before.workflowId === null });
    },
    onError: (error) => {
      if (error instanceof ProblemError && error.code === CONFLICT) void loadConflict(store).then(setConflict, (failure: unknown) => toasts.failed("The other version could not be read", failure));
      else if (error instanceof ProblemError && error.code === REFUSED) {
        const definition = definitionOf(store.get());
        store.set({ checked: placeErrors(definition, error.invalid.map(asError), "error"), checkedFor: definition });
        toasts.failed("Not saved", new Error(`${counted(error.invalid.length, "error")} to be fixed first: see the list below the canvas.`));
      } else toasts.failed("Not saved", error);
    },
  });
  const loadTheirs = () => {
    if (conflict === null) return;
    const source = sourceFrom(conflict.theirs.source);
    store.set({ base: { workflowId: conflict.theirs.id, version: conflict.theirs.version, definition: conflict.definition, source } });
    change(store, conflict.definition, { say: "Their version is on the canvas.", source });
    setConflict(null);
  };
  return {
    save: () => save.mutate(null),
    isSaving: save.isPending,
    conflict,
    loadTheirs,
    keepMine: () => {
      if (conflict !== null) save.mutate(conflict.theirs.version);
    },
    closeConflict: () => setConflict(null),
  };
}

function words({ created, version }: { readonly created: boolean; readonly version: number }, before: number | null): readonly [string, string] {
  if (created) return [`Saved as version ${version}`, ""];
  if (version === before) return [`Saved the text of version ${version}`, "What it does has not changed, so there is no other version."];
  return [`Version ${version} is the current one again`, "This content was saved before."];
}

async function send(id: string | null, version: number | null, definition: Definition, source: string) {
  if (id === null) return answer(api.POST("/api/v1/workflows", { body: { definition, source } }));
  return answer(
    api.PUT("/api/v1/workflows/{workflow}", {
      params: { path: { workflow: id }, header: version === null ? {} : { "If-Match": `"${version}"` } },
      body: { definition, source } as never,
    }),
  );
}

async function loadConflict(store: BuilderStore): Promise<Conflict> {
  const id = store.get().base.workflowId ?? "";
  const theirs = await loadWorkflow(id);
  const definition = readDefinition(theirs.definition);
  if (isRefusal(definition)) throw new Error(definition.message);
  return { theirs, definition };
}

/** The places of a refused save begin with `definition`, the field of the request. */
function asError(field: { place: string; message: string; code?: string; hint?: string }): DefinitionError {
  return { code: field.code ?? "", place: field.place.replace(/^body\.?/, "").replace(/^\.?definition\.?/, ""), message: field.message, hint: field.hint ?? "" };
}
