import { useEffect } from "react";
import { answer, api } from "../../api/client";
import { placeErrors } from "../definition/errors";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";

const PAUSE_MS = 300;

/** Lets the server check the draft a moment after each change. The result of an outdated check is dropped. */
export function useChecking(): void {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  useEffect(() => {
    const stopped = new AbortController();
    store.set({ checking: true });
    const timer = setTimeout(() => {
      answer(api.POST("/api/v1/workflows/validate", { body: { definition: definition }, signal: stopped.signal }))
        .then((report) => {
          if (stopped.signal.aborted) return;
          store.set({ checked: [...placeErrors(definition, report.errors, "error"), ...placeErrors(definition, report.warnings, "warning")], checkedFor: definition, checking: false });
        })
        .catch(() => {
          if (!stopped.signal.aborted) store.set({ checking: false });
        });
    }, PAUSE_MS);
    return () => {
      stopped.abort();
      clearTimeout(timer);
    };
  }, [definition, store]);
}
