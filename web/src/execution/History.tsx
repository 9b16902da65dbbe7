import { History as HistoryIcon } from "lucide-react";
import { Link } from "react-router";
import type { Execution } from "../api/types";
import { EmptyState, Moment, fullTime } from "../design";
import { writeJson } from "../json/writeJson";
import styles from "./execution.module.css";

/** Verbs for the actions of the audit trail. An action that is missing here is shown by its name. */
const DEEDS: ReadonlyMap<string, string> = new Map([
  ["start", "started it"],
  ["suspend", "suspended it"],
  ["continue", "let it go on"],
  ["cancel", "cancelled it"],
  ["cancel_assignment", "cancelled a visit"],
  ["retry", "retried it"],
]);

/** Who did what with the execution, which execution it was retried from, and its retries. */
export function History({ execution }: { readonly execution: Execution }) {
  const { audit, retried_from, retries } = execution;
  return (
    <div className={styles.history}>
      {(retried_from !== null || retries.length > 0) && (
        <ul className={styles.chain} aria-label="Retries">
          {retried_from !== null && (
            <li>
              Retried from <Link to={`/executions/${retried_from}`}>{short(retried_from)}</Link>
            </li>
          )}
          {retries.map((id) => (
            <li key={id}>
              Retried as <Link to={`/executions/${id}`}>{short(id)}</Link>
            </li>
          ))}
        </ul>
      )}
      {audit.length === 0 ? (
        <EmptyState icon={HistoryIcon} title="Nothing on record">
          What people and programs do with this execution is kept here.
        </EmptyState>
      ) : (
        <ol className={styles.entries} aria-label="Audit trail">
          {audit.map((entry, index) => (
            <li key={`${entry.at}-${index}`}>
              <span>
                <strong>{entry.actor}</strong> {DEEDS.get(entry.action) ?? entry.action.replaceAll("_", " ")}
                <Details details={entry.details} />
              </span>
              <span title={fullTime(entry.at)}>
                <Moment at={entry.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** The reason as it was written, and any other details by their names. */
function Details({ details }: { readonly details: Readonly<Record<string, unknown>> }) {
  const { reason, ...others } = details;
  return (
    <>
      {typeof reason === "string" && reason !== "" && <q>{reason}</q>}
      {Object.keys(others).length > 0 && <code>{writeJson(others)}</code>}
    </>
  );
}

function short(id: string): string {
  return id.slice(-8);
}
