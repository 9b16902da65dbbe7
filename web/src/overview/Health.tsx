import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { Overview } from "../api/types";
import { Card, cx, Hint } from "../design";
import styles from "./overview.module.css";

const SIGNS = { ok: CircleCheck, warning: TriangleAlert, error: CircleAlert } as const;
const WORDS = { ok: "Fine", warning: "Warning", error: "Error" } as const;
const ORDER = ["error", "warning", "ok"] as const;

/** The findings of `interlock doctor`, the worst first. Checks that are fine share one line. */
export function Health({ findings }: { readonly findings: Overview["findings"] }) {
  const trouble = ORDER.slice(0, 2).flatMap((level) => findings.filter((finding) => finding.level === level));
  const fine = findings.filter((finding) => finding.level === "ok");
  return (
    <Card title="Health" flush>
      <ul className={styles.findings}>
        {trouble.map((finding) => {
          const Sign = SIGNS[finding.level];
          return (
            <li key={finding.check + finding.message}>
              <Sign size={15} className={styles[finding.level]} aria-label={WORDS[finding.level]} />
              <div>
                <strong>{finding.check}</strong>
                <p>{finding.message}</p>
                {finding.hint && <Hint>{finding.hint}</Hint>}
              </div>
            </li>
          );
        })}
        {fine.length > 0 && (
          <li className={cx(trouble.length === 0 && styles.allFine)}>
            <CircleCheck size={15} className={styles.ok} aria-hidden="true" />
            <details open={trouble.length === 0}>
              <summary>{trouble.length === 0 ? `All ${fine.length} checks are fine` : `${fine.length} other checks are fine`}</summary>
              <ul>
                {fine.map((finding) => (
                  <li key={finding.check}>
                    {finding.check}: {finding.message}
                  </li>
                ))}
              </ul>
            </details>
          </li>
        )}
        {findings.length === 0 && <li>No checks were made.</li>}
      </ul>
    </Card>
  );
}
