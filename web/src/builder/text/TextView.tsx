import { lazy, Suspense, useCallback, useState } from "react";
import { TriangleAlert } from "lucide-react";
import { Segments, Skeleton } from "../../design";
import { sameJson } from "../definition/sameJson";
import { fromText, hasComments, isTextProblem, toText, type Syntax } from "../definition/text";
import { change, definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import type { Definition } from "../definition/types";
import styles from "./text.module.css";

const CodeEditor = lazy(() => import("./CodeEditor"));

const SYNTAXES = [
  { value: "yaml", label: "YAML" },
  { value: "json", label: "JSON" },
] as const;

interface Written {
  readonly text: string;
  /** What the text says; null while it says nothing that can be drawn. */
  readonly definition: Definition | null;
}

/** The definition as text, in step with the canvas both ways. A text that cannot be read leaves the canvas as it was. */
export function TextView() {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const canEdit = useBuilder((state) => state.canEdit);
  const problem = useBuilder((state) => state.textProblem);
  const [syntax, setSyntax] = useState<Syntax>("yaml");
  const [written, setWritten] = useState<Written | null>(null);
  // The text that people write stays as they write it while it says what is drawn, or nothing yet.
  const isOwn = written !== null && (written.definition === null ? problem !== null : sameJson(written.definition, definition));
  const text = isOwn ? written.text : toText(definition, syntax);
  const write = useCallback(
    (next: string) => {
      const read = fromText(next, syntax);
      if (isTextProblem(read)) {
        setWritten({ text: next, definition: null });
        store.set({ textProblem: read.problem });
        return;
      }
      setWritten({ text: next, definition: read });
      store.set({ textProblem: null });
      if (!sameJson(read, definitionOf(store.get()))) change(store, read, { topic: "text" });
    },
    [store, syntax],
  );
  const choose = (next: Syntax) => {
    setSyntax(next);
    setWritten(null);
    store.set({ textProblem: null });
  };
  const comments = syntax === "yaml" && isOwn && hasComments(text);
  return (
    <div className={styles.text}>
      <div className={styles.bar}>
        <Segments label="Syntax" options={SYNTAXES} value={syntax} onChange={choose} />
        <span className={styles.said} role="status">
          {problem !== null ? (
            <span className={styles.problem}>
              <TriangleAlert size={13} aria-hidden="true" />
              {problem}
            </span>
          ) : comments ? (
            "Comments are not kept: a version holds the definition only."
          ) : null}
        </span>
      </div>
      <Suspense fallback={<Skeleton rows={8} label="Loading the editor" />}>
        <CodeEditor key={syntax} label={`Definition as ${syntax.toUpperCase()}`} syntax={syntax} text={text} readOnly={!canEdit} onChange={write} />
      </Suspense>
    </div>
  );
}
