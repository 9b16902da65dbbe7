import { CloudOff, Lightbulb, TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { OfflineError, ProblemError } from "../api/problem";
import { Button } from "./Button";
import { cx } from "./cx";
import { Prose } from "./Prose";
import styles from "./display.module.css";
import { clockTime, withReadableTimes } from "./time";

const LIMIT_REACHED = "IL062";

/** Shown when there is nothing (yet): what would be here, and how to get it. */
export function EmptyState({ icon: Icon, title, children, actions }: { readonly icon: LucideIcon; readonly title: string; readonly children?: ReactNode; readonly actions?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <Icon size={26} strokeWidth={1.5} aria-hidden="true" />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className={styles.emptyActions}>{actions}</div>}
    </div>
  );
}

/** What went wrong, its code, and how to fix it. */
export function ErrorPanel({ error, onRetry, title }: { readonly error: unknown; readonly onRetry?: (() => void) | undefined; readonly title?: string }) {
  const offline = error instanceof OfflineError;
  const problem = error instanceof ProblemError ? error : null;
  return (
    <div className={cx(styles.error, offline && styles.offline)} role="alert">
      {offline ? <CloudOff size={16} aria-hidden="true" /> : <TriangleAlert size={16} aria-hidden="true" />}
      <div>
        <strong>{title ?? (offline ? "No connection" : problem?.code === LIMIT_REACHED ? "A limit is reached" : problem?.title || "Something went wrong")}</strong>
        <span>{offline ? "The server cannot be reached. What you see may be out of date. Interlock keeps trying." : messageOf(error)}</span>
        {problem && problem.invalid.length > 0 && (
          <ul>
            {problem.invalid.map((error) => (
              <li key={error.place + error.message}>
                <code>{error.place}</code> {error.message}
                {error.hint && ` (${error.hint})`}
              </li>
            ))}
          </ul>
        )}
        {problem?.hint && <Hint>{withReadableTimes(problem.hint)}</Hint>}
        {problem?.againAt && <span>Try again from {clockTime(problem.againAt)} on.</span>}
        {problem && (
          <span className={styles.faint}>
            {problem.code}
            {problem.requestId && ` · request ${problem.requestId}`}
          </span>
        )}
      </div>
      {onRetry && problem?.status !== 404 && (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** How to fix it. */
export function Hint({ children }: { readonly children: string }) {
  return (
    <span className={styles.hint}>
      <Lightbulb size={13} aria-hidden="true" />
      <span>
        <Prose text={children} />
      </span>
    </span>
  );
}

/** A placeholder for content that is being loaded. */
export function Skeleton({ rows = 1, widths = ["62%", "88%", "74%", "45%"], label = "Loading" }: { readonly rows?: number; readonly widths?: readonly string[]; readonly label?: string }) {
  return (
    <div className={styles.skeletons} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className={styles.skeleton} style={{ width: widths[row % widths.length] }} />
      ))}
    </div>
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
