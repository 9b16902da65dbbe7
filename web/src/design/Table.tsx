import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./display.module.css";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly number?: boolean;
  readonly soft?: boolean;
  /** The title is for screen readers only. */
  readonly quiet?: boolean;
  /** Not shown on a phone. */
  readonly wide?: boolean;
}

export function Table<Row>({ label, columns, rows, rowKey }: { readonly label: string; readonly columns: readonly Column<Row>[]; readonly rows: readonly Row[]; readonly rowKey: (row: Row) => string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways, so it has to be reachable by keyboard
    <div className={styles.tableScroll} role="group" aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={cx(column.number && styles.number, column.quiet && styles.quiet, column.wide && styles.wideOnly)}>
                {column.quiet ? <span className="visually-hidden">{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.title} className={cx(column.number && styles.number, column.soft && styles.soft, column.quiet && styles.quiet, column.wide && styles.wideOnly)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
