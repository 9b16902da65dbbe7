import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import type { ErrorInfo, Json } from "../api/types";
import { JsonView, Mend } from "../design";
import styles from "./execution.module.css";

/** Why it failed and how to mend it. */
export function ErrorCard({ title, error, children }: { readonly title: string; readonly error: ErrorInfo; readonly children?: ReactNode }) {
  const details = (error.details ?? {}) as Json;
  return (
    <section className={styles.failure} aria-label={title}>
      <h2>
        <CircleX size={15} aria-hidden="true" />
        {title}
        {error.code && <code>{error.code}</code>}
      </h2>
      <p className={styles.reason}>{error.message}</p>
      {error.hint && <Mend>{error.hint}</Mend>}
      {details !== null && Object.keys(details).length > 0 && (
        <details>
          <summary>Details</summary>
          <JsonView value={details} label="Details of the error" height={200} />
        </details>
      )}
      {children && <div className={styles.buttons}>{children}</div>}
    </section>
  );
}
