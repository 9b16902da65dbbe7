import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import type { ErrorInfo } from "../api/types";
import { ErrorFacts } from "./ErrorFacts";
import styles from "./errors.module.css";

/** Why an execution or a visit failed, and how to fix it. */
export function ErrorCard({ title, error, children }: { readonly title: string; readonly error: ErrorInfo; readonly children?: ReactNode }) {
  return (
    <section className={styles.card} aria-label={title}>
      <h2>
        <CircleX size={15} aria-hidden="true" />
        {title}
        {error.code && <code>{error.code}</code>}
      </h2>
      <ErrorFacts error={error} />
      {children && <div className={styles.buttons}>{children}</div>}
    </section>
  );
}
