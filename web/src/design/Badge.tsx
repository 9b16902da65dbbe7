import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./display.module.css";
import { LOOKS, type Status } from "./status";

/** A status: colour, icon and word. */
export function StatusBadge({ status, bare, suspended }: { readonly status: Status; readonly bare?: boolean; readonly suspended?: boolean }) {
  return (
    <span className={cx(styles.badge, styles[status], bare && styles.bare)}>
      <StatusSign status={status} />
      {LOOKS[status].label}
      {suspended && " · suspended"}
    </span>
  );
}

export function StatusSign({ status, size = 14 }: { readonly status: Status; readonly size?: number }) {
  const Icon = LOOKS[status].icon;
  return (
    <span className={cx(styles.sign, styles[status])} aria-hidden="true">
      <Icon size={size} strokeWidth={2.2} className={status === "running" ? styles.turning : undefined} />
    </span>
  );
}

/** The class with the colours of a status, for other drawings: the custom properties `--c` (text), `--b` (background), `--s` (icon). */
export function statusClass(status: Status): string {
  return styles[status] ?? "";
}

export function Tag({ children }: { readonly children: ReactNode }) {
  return <span className={styles.tag}>{children}</span>;
}
