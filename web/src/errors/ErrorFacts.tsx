import type { ErrorInfo, Json } from "../api/types";
import { Hint, JsonView, Prose } from "../design";
import styles from "./errors.module.css";
import { useCodeFacts } from "./useCodeFacts";

/** What happened, how to fix it, what it usually comes from, and the details. */
export function ErrorFacts({ error }: { readonly error: ErrorInfo }) {
  const facts = useCodeFacts(error.code ?? "");
  const { expression, column, ...details } = (error.details ?? {}) as { readonly [key: string]: Json };
  const hint = error.hint ?? facts?.hint;
  return (
    <>
      <p className={styles.message}>{error.message}</p>
      {typeof expression === "string" && <Expression text={expression} column={typeof column === "number" ? column : null} />}
      {hint && <Hint>{hint}</Hint>}
      {facts && (
        <p className={styles.cause}>
          <strong>Usual cause:</strong> <Prose text={facts.cause} />
        </p>
      )}
      {Object.keys(details).length > 0 && (
        <details className={styles.details}>
          <summary>Details</summary>
          <JsonView value={details} label="Details of the error" height={200} />
        </details>
      )}
    </>
  );
}

/** The expression that has no value, marked where the error is: columns count from 1, without the spaces around it. */
function Expression({ text: given, column }: { readonly text: string; readonly column: number | null }) {
  const text = given.trim();
  const at = column !== null && column > 0 && column <= text.length ? column - 1 : null;
  if (at === null) return <code className={styles.expression}>{text}</code>;
  const [word = ""] = /^[\p{L}\p{N}_.]+|^./u.exec(text.slice(at)) ?? [];
  return (
    <code className={styles.expression}>
      {text.slice(0, at)}
      <mark>{word}</mark>
      {text.slice(at + word.length)}
    </code>
  );
}
