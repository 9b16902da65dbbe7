import { Link } from "react-router";
import type { ExecutionSummary } from "../api/types";
import { Moment, StatusBadge, StatusSign, Took } from "../design";
import styles from "./executions.module.css";

/** One line each on a desktop, a card each on a phone. */
export function ExecutionRows({ items }: { readonly items: readonly ExecutionSummary[] }) {
  return (
    <>
      <div className={styles.columns} aria-hidden="true">
        <span />
        <span>Workflow</span>
        <span className={styles.subject}>Subject</span>
        <span>Status</span>
        <span className={styles.id}>Id</span>
        <span className={styles.took}>Took</span>
        <span className={styles.when}>Created</span>
      </div>
      <ul className={styles.rows} aria-label="Executions">
        {items.map((item) => (
          <li key={item.id}>
            <Link to={`/executions/${item.id}`} className={styles.row} data-row="">
              <StatusSign status={item.status} size={16} />
              <span className={styles.what}>
                <strong>{item.workflow}</strong>
                <span className={styles.version}>{item.is_test ? "test run" : `v${item.version}`}</span>
              </span>
              <span className={styles.subject}>{item.subject}</span>
              <span className={styles.state}>
                <StatusBadge status={item.status} bare suspended={item.suspended_at !== null} />
                {item.error && <span className={styles.message}>{item.error.message}</span>}
              </span>
              <span className={styles.id}>
                <code>{item.id.slice(-8)}</code>
              </span>
              <span className={styles.took}>{item.started_at && <Took from={item.started_at} to={item.ended_at} />}</span>
              <span className={styles.when}>
                <Moment at={item.created_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
