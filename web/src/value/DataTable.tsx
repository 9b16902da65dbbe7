import { fieldOf } from "../json/fieldOf";
import { useState } from "react";
import type { Json } from "../api/types";
import { cx } from "../design";
import { ExactNumber } from "../json/exactNumber";
import { writeJson } from "../json/writeJson";
import styles from "./value.module.css";

const LINE = 28;
const HEIGHT = 340;
const MARGIN = 10;

/** A table of any number of rows: only the visible ones are in the page. */
export function DataTable({ label, rows, columns }: { readonly label: string; readonly rows: readonly Record<string, Json>[]; readonly columns: readonly string[] }) {
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.floor(top / LINE) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((top + HEIGHT) / LINE) + MARGIN);
  return (
    <>
      <div
        className={styles.scroll}
        style={{ maxHeight: HEIGHT }}
        role="region"
        aria-label={label}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so it has to be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <table className={styles.table} aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <Gap height={first * LINE} columns={columns.length} />}
            {rows.slice(first, last).map((row, index) => (
              <tr key={first + index} aria-rowindex={first + index + 2}>
                {columns.map((column) => {
                  const value = fieldOf(row, column);
                  return (
                    <td key={column} className={cx((typeof value === "number" || value instanceof ExactNumber) && styles.number)} title={textOf(value)}>
                      {textOf(value)}
                    </td>
                  );
                })}
              </tr>
            ))}
            {last < rows.length && <Gap height={(rows.length - last) * LINE} columns={columns.length} />}
          </tbody>
        </table>
      </div>
      <p className={styles.none}>{rows.length === 1 ? "1 row" : `${rows.length} rows`}</p>
    </>
  );
}

function Gap({ height, columns }: { readonly height: number; readonly columns: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} className={styles.gap} style={{ height }} />
    </tr>
  );
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : writeJson(value);
}
