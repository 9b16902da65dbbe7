import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { TriangleAlert } from "lucide-react";
import { Segments, Skeleton } from "../../design";
import { sameJson } from "../definition/sameJson";
import { textFor } from "../definition/patch/patchText";
import { shownSyntax } from "../definition/source";
import { fromText, isTextProblem, placed, type Syntax } from "../definition/text";
import { brokenText, change, definitionOf, keepText, useBuilder, useBuilderStore } from "../draft/store";
import styles from "./text.module.css";

const CodeEditor = lazy(() => import("./CodeEditor"));

const SYNTAXES = [
  { value: "yaml", label: "YAML" },
  { value: "json", label: "JSON" },
] as const;

/** The definition as text. Text and canvas follow each other. A text that cannot be read does not change the canvas; it stays here until it is fixed. */
export function TextView() {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const source = useBuilder((state) => state.history.now.source);
  const canEdit = useBuilder((state) => state.canEdit);
  const broken = useBuilder(brokenText);
  const [syntax, setSyntax] = useState<Syntax>(broken?.syntax ?? shownSyntax(source));
  const made = useMemo(() => textFor(source, definition, syntax), [source, definition, syntax]);
  const text = broken?.text ?? made;
  const write = useCallback(
    (next: string) => {
      const read = fromText(next, syntax);
      if (isTextProblem(read)) {
        store.set({ broken: { text: next, syntax, problem: read, beside: definitionOf(store.get()) } });
        return;
      }
      store.set({ broken: null });
      if (sameJson(read, definitionOf(store.get()))) keepText(store, { text: next, syntax });
      else change(store, read, { topic: "text", source: { text: next, syntax } });
    },
    [store, syntax],
  );
  const choose = (next: Syntax) => {
    setSyntax(next);
    store.set({ broken: null });
  };
  const problem = broken?.problem ?? null;
  return (
    <div className={styles.text}>
      <div className={styles.bar}>
        <Segments label="Syntax" options={SYNTAXES} value={syntax} onChange={choose} />
        <span className={styles.said} role="status">
          {problem !== null ? (
            <span className={styles.problem}>
              <TriangleAlert size={13} aria-hidden="true" />
              {placed(text, problem)}
            </span>
          ) : source !== null && source.syntax !== syntax && shownSyntax(source) === source.syntax ? (
            `The text is kept as ${source.syntax.toUpperCase()}. If you change it here, it is ${syntax.toUpperCase()} from then on, without the comments.`
          ) : null}
        </span>
      </div>
      <Suspense fallback={<Skeleton rows={8} label="Loading the editor" />}>
        <CodeEditor key={syntax} label={`Definition as ${syntax.toUpperCase()}`} syntax={syntax} text={text} problem={problem} readOnly={!canEdit} onChange={write} />
      </Suspense>
    </div>
  );
}
