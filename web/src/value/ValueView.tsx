import { Download } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Json } from "../api/types";
import { CopyButton, IconButton, JsonView, Segments, Select, Skeleton } from "../design";
import { ExactNumber } from "../json/exactNumber";
import { writeJson } from "../json/writeJson";
import { DataTable } from "./DataTable";
import { showablesIn, type Showable } from "./kinds";
import styles from "./value.module.css";

const Plot = lazy(() => import("./Plot"));

const LABELS = { tree: "Tree", table: "Table", plot: "Plot", image: "Image" } as const;
type View = keyof typeof LABELS;

interface Props {
  readonly label: string;
  readonly value: Json;
  /** The name of the file when it is downloaded. */
  readonly file: string;
  /** Shows the tree first; curves and pictures only on request. */
  readonly plain?: boolean;
}

/** Shows a value as a tree, and as a table, curves or a picture if it contains one. */
export function ValueView({ label, value, file, plain = false }: Props) {
  const showables = useMemo(() => showablesIn(value), [value]);
  const views = (["tree", "table", "plot", "image"] as const).filter((view) => view === "tree" || showables.some((item) => item.kind === view));
  const [chosen, setChosen] = useState<View | null>(null);
  const view = chosen && views.includes(chosen) ? chosen : ((plain ? undefined : views.find((each) => each === "image" || each === "plot")) ?? "tree");
  const text = () => writeJson(value, 2);
  return (
    <section className={styles.value} aria-label={label}>
      <div className={styles.bar}>
        <h2>{label}</h2>
        {views.length > 1 && <Segments label={`How to show ${label.toLowerCase()}`} options={views.map((each) => ({ value: each, label: LABELS[each] }))} value={view} onChange={setChosen} />}
        <span className={styles.tools}>
          <CopyButton text={text} label={`Copy ${label.toLowerCase()} as JSON`} />
          <IconButton small label={`Download ${label.toLowerCase()} as JSON`} onClick={() => download(`${file}.json`, text())}>
            <Download size={14} />
          </IconButton>
        </span>
      </div>
      {view === "tree" ? (
        <div className={styles.tree}>{isEmpty(value) ? <p className={styles.none}>Empty</p> : <JsonView value={value} label={label} />}</div>
      ) : (
        <Found items={showables.filter((item) => item.kind === view)} label={label} />
      )}
    </section>
  );
}

/** Shows one of the parts that were found; if there are several, with a list to choose from. */
function Found({ items, label }: { readonly items: readonly Showable[]; readonly label: string }) {
  const [path, setPath] = useState<string | null>(null);
  const item = items.find((each) => each.path === path) ?? items[0];
  if (!item) return null;
  return (
    <div className={styles.found}>
      {items.length > 1 ? (
        <Select quiet label="Part" value={item.path} onChange={(event) => setPath(event.target.value)}>
          {items.map((each) => (
            <option key={each.path} value={each.path}>
              {each.path || "the whole"}
            </option>
          ))}
        </Select>
      ) : (
        item.path && <code className={styles.path}>{item.path}</code>
      )}
      <Shown item={item} label={`${label} ${item.path}`.trim()} />
    </div>
  );
}

function Shown({ item, label }: { readonly item: Showable; readonly label: string }) {
  if (item.kind === "table") return <DataTable key={item.path} label={label} rows={item.rows} columns={item.columns} />;
  if (item.kind === "image") return <img className={styles.image} src={item.source} alt={label} />;
  return (
    <Suspense fallback={<Skeleton rows={4} />}>
      <Plot key={item.path} curves={item.curves} label={label} />
    </Suspense>
  );
}

function isEmpty(value: Json): boolean {
  return value !== null && typeof value === "object" && !(value instanceof ExactNumber) && Object.keys(value).length === 0;
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}
