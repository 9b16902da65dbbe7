import { ChevronRight, Copy, CornerUpLeft } from "lucide-react";
import { useState } from "react";
import { copyText, IconButton, useToasts } from "../../design";
import type { Json } from "../definition/types";
import { dataRows, PAGE, type DataRow } from "./dataRows";
import { PATH_TYPE } from "./dragging";
import { useFocusedField } from "./focusedField";
import { stepsText, type Step } from "./paths";
import styles from "./data.module.css";

interface DataTreeProps {
  readonly value: Json;
  readonly label: string;
  readonly pathOf: (steps: readonly Step[]) => string;
}

const SIGNS = new Map([
  ["text", "Aa"],
  ["number", "12"],
  ["boolean", "✓"],
  ["null", "∅"],
  ["list", "[ ]"],
  ["object", "{ }"],
]);

/** A value as a tree. A click on a row puts its path into the field that had the focus last; it can be dragged there, and copied. */
export function DataTree({ value, label, pathOf }: DataTreeProps) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [pages, setPages] = useState<ReadonlyMap<string, number>>(new Map());
  const turn = (key: string) => setTurned((before) => (before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key])));
  const showMore = (key: string) => setPages((before) => new Map([...before, [key, (before.get(key) ?? PAGE) + PAGE]]));
  return (
    <ul className={styles.tree} aria-label={label}>
      {dataRows(value, { turned, pages }).map((row) => (
        <li key={row.key} className={styles.row} style={{ paddingLeft: row.depth * 12 }}>
          {row.more > 0 ? (
            <button type="button" className={styles.more} onClick={() => showMore(stepsText(row.steps))}>
              {row.more} more
            </button>
          ) : (
            <Row row={row} path={pathOf(row.steps)} onTurn={() => turn(row.key)} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Row({ row, path, onTurn }: { readonly row: DataRow; readonly path: string; readonly onTurn: () => void }) {
  const field = useFocusedField();
  const toasts = useToasts();
  const copy = () => void copyText(path).then(() => toasts.succeeded("Path copied", path));
  return (
    <>
      {row.isOpen === null ? (
        <span className={styles.twist} />
      ) : (
        <button type="button" className={styles.twist} aria-expanded={row.isOpen} aria-label={`Inside ${row.name}`} onClick={onTurn}>
          <ChevronRight size={12} />
        </button>
      )}
      <button
        type="button"
        className={styles.pick}
        draggable
        title={path}
        onDragStart={(event) => {
          event.dataTransfer.setData(PATH_TYPE, path);
          event.dataTransfer.setData("text/plain", path);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onClick={() => (field === null ? copy() : field.insert(path))}
      >
        <span className={styles.kind} data-sign={SIGNS.get(row.kind)} aria-hidden="true" />
        <span className={styles.name}>{row.name}</span>
        <span className="visually-hidden">{row.kind}</span>
        <span className={styles.preview}>{row.preview}</span>
        <span className="visually-hidden">{field === null ? "Copy its path" : `Put it into ${field.label}`}</span>
        {field !== null && <CornerUpLeft size={12} className={styles.into} aria-hidden="true" />}
      </button>
      <IconButton small className={styles.copy} label={`Copy the path of ${row.name}`} onClick={copy}>
        <Copy size={12} />
      </IconButton>
    </>
  );
}
