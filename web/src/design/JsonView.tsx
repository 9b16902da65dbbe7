import { ChevronRight } from "lucide-react";
import { useMemo, useRef, useState, type UIEvent } from "react";
import type { Json } from "../api/types";
import { ExactNumber } from "../json/exactNumber";
import styles from "./display.module.css";
import { jsonRows, type JsonRow } from "./jsonRows";

const LINE = 24;
const MARGIN = 12;
const LONGEST_TEXT = 400;

/** A JSON value as a tree. Only the visible lines are in the page, so that large values stay fast. */
export function JsonView({ value, label, height = 320, openDepth = 2 }: { readonly value: Json; readonly label: string; readonly height?: number; readonly openDepth?: number }) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [top, setTop] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => jsonRows(value, (path, depth) => turned.has(path) !== depth < openDepth), [value, turned, openDepth]);
  const first = Math.max(0, Math.floor(top / LINE) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((top + height) / LINE) + MARGIN);
  const turn = (path: string) => {
    const next = new Set(turned);
    if (!next.delete(path)) next.add(path);
    setTurned(next);
  };
  return (
    <div
      ref={box}
      className={styles.json}
      style={{ maxHeight: height }}
      role="group"
      aria-label={label}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so it has to be reachable by keyboard
      tabIndex={0}
      onScroll={(event: UIEvent<HTMLDivElement>) => setTop(event.currentTarget.scrollTop)}
    >
      <div style={{ height: rows.length * LINE, paddingTop: first * LINE, minWidth: "max-content" }}>
        {rows.slice(first, last).map((row) => (
          <JsonLine key={row.path} row={row} onTurn={turn} />
        ))}
      </div>
    </div>
  );
}

function JsonLine({ row, onTurn }: { readonly row: JsonRow; readonly onTurn: (path: string) => void }) {
  return (
    <div className={styles.row} style={{ paddingLeft: row.depth * 14 }}>
      {row.inside ? (
        <button type="button" className={styles.twist} aria-expanded={row.open} aria-label={row.name} onClick={() => onTurn(row.path)}>
          <ChevronRight size={12} />
        </button>
      ) : (
        <span className={styles.twist} />
      )}
      {row.name !== "" && (
        <>
          <span className={styles.key}>{row.name}</span>
          <span className={styles.count}>: </span>
        </>
      )}
      <JsonLeaf row={row} />
    </div>
  );
}

function JsonLeaf({ row }: { readonly row: JsonRow }) {
  const { value, inside } = row;
  if (inside !== null) return <span className={styles.count}>{Array.isArray(value) ? `[${inside}]` : `{${inside}}`}</span>;
  if (typeof value === "string") return <span className={styles.string}>{JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}… (${value.length} characters)` : value)}</span>;
  if (value instanceof ExactNumber) return <span className={styles.numeric}>{value.text}</span>;
  if (typeof value === "number") return <span className={styles.numeric}>{value}</span>;
  return <span className={styles.literal}>{JSON.stringify(value)}</span>;
}
