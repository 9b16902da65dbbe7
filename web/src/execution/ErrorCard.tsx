import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import type { ErrorInfo, Json } from "../api/types";
import { JsonView, Fix } from "../design";
import styles from "./execution.module.css";

/** Why it failed and how to fix it. */
export function ErrorCard({ title, error, children }: { readonly title: string; readonly error: ErrorInfo; readonly children?: ReactNode }) {
  const { expression, column, ...details } = (error.details ?? {}) as { readonly [key: string]: Json };
  return (
    <section className={styles.failure} aria-label={title}>
      <h2>
        <CircleX size={15} aria-hidden="true" />
        {title}
        {error.code && <code>{error.code}</code>}
      </h2>
      <p className={styles.reason}>{error.message}</p>
      {typeof expression === "string" && <Expression text={expression} column={typeof column === "number" ? column : null} />}
      {error.hint && <Fix>{error.hint}</Fix>}
      {Object.keys(details).length > 0 && (
        <details>
          <summary>Details</summary>
          <JsonView value={details} label="Details of the error" height={200} />
        </details>
      )}
      {children && <div className={styles.buttons}>{children}</div>}
    </section>
  );
}

/** The expression that could not be worked out, marked where it stumbled: columns count from 1, without the spaces around it. */
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
