import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { TriangleAlert } from "lucide-react";
import { Segments, Skeleton } from "../../design";
import { sameJson } from "../definition/sameJson";
import { fromText, hasComments, isTextProblem, placed, toText, type Syntax } from "../definition/text";
import { brokenText, change, definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import type { Definition } from "../definition/types";
import styles from "./text.module.css";

const CodeEditor = lazy(() => import("./CodeEditor"));

const SYNTAXES = [
  { value: "yaml", label: "YAML" },
  { value: "json", label: "JSON" },
] as const;

interface Written {
  readonly text: string;
  readonly definition: Definition;
}

/** The definition as text. Text and canvas follow each other. A text that cannot be read does not change the canvas; it stays here until it is fixed. */
export function TextView() {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const canEdit = useBuilder((state) => state.canEdit);
  const broken = useBuilder(brokenText);
  const [syntax, setSyntax] = useState<Syntax>(broken?.syntax ?? "yaml");
  const [written, setWritten] = useState<Written | null>(null);
  // The text stays as the user wrote it while it means what is drawn, or cannot be read yet.
  const isOwn = written !== null && sameJson(written.definition, definition);
  const text = broken?.text ?? (isOwn ? written.text : toText(definition, syntax));
  const write = useCallback(
    (next: string) => {
      const read = fromText(next, syntax);
      if (isTextProblem(read)) {
        store.set({ broken: { text: next, syntax, problem: read, beside: definitionOf(store.get()) } });
        return;
      }
      setWritten({ text: next, definition: read });
      store.set({ broken: null });
      if (!sameJson(read, definitionOf(store.get()))) change(store, read, { topic: "text" });
    },
    [store, syntax],
  );
  const choose = (next: Syntax) => {
    setSyntax(next);
    setWritten(null);
    store.set({ broken: null });
  };
  const comments = useMemo(() => syntax === "yaml" && isOwn && hasComments(text), [syntax, isOwn, text]);
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
          ) : comments ? (
            "Comments are not kept: a version holds the definition only."
          ) : null}
        </span>
      </div>
      <Suspense fallback={<Skeleton rows={8} label="Loading the editor" />}>
        <CodeEditor key={syntax} label={`Definition as ${syntax.toUpperCase()}`} syntax={syntax} text={text} problem={problem} readOnly={!canEdit} onChange={write} />
      </Suspense>
    </div>
  );
}
