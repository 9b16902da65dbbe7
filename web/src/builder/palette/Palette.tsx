import { Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";
import { nodeLook } from "../../graph/nodeLooks";
import type { NodeType } from "../definition/nodeTypes";
import { PALETTE_DATA } from "./dragging";
import { paletteGroups } from "./groups";
import styles from "./palette.module.css";

interface PaletteProps {
  readonly types: readonly NodeType[];
  readonly onChoose: (type: NodeType) => void;
  readonly hint: string;
}

/** The node types: found by search, chosen by arrow keys and Enter or by a click, or dragged onto the canvas. */
export function Palette({ types, onChoose, hint }: PaletteProps) {
  const [search, setSearch] = useState("");
  const groups = useMemo(() => paletteGroups(types, search), [types, search]);
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const walk = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const stops = [...(box.current?.querySelectorAll<HTMLElement>("input, button") ?? [])];
    const index = stops.indexOf(document.activeElement as HTMLElement);
    stops[Math.max(0, Math.min(stops.length - 1, index + (event.key === "ArrowDown" ? 1 : -1)))]?.focus();
  };
  const first = groups[0]?.types[0];
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- arrow keys are a shortcut; Tab reaches everything too
    <div ref={box} className={styles.palette} onKeyDown={walk}>
      <div className={styles.search}>
        <Search size={14} aria-hidden="true" />
        <input
          aria-label="Search node types"
          placeholder="Search nodes"
          ref={field}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && first !== undefined) onChoose(first);
          }}
        />
      </div>
      <div className={styles.groups}>
        {groups.map((group) => (
          <section key={group.key}>
            {group.key !== "found" && <h3>{group.label}</h3>}
            <ul>
              {group.types.map((type) => (
                <PaletteItem key={`${type.type}/${type.subtype}`} type={type} onChoose={onChoose} />
              ))}
            </ul>
          </section>
        ))}
        {groups.length === 0 && <p className={styles.hint}>No node type matches “{search}”. Another package adds more.</p>}
        <p className={styles.hint}>{hint}</p>
      </div>
    </div>
  );
}

function PaletteItem({ type, onChoose }: { readonly type: NodeType; readonly onChoose: (type: NodeType) => void }) {
  const { icon: Icon, hue } = nodeLook(type.type, type.subtype);
  return (
    <li>
      <button
        type="button"
        className={styles.item}
        draggable
        onDragStart={(event) => {
          event.dataTransfer.setData(PALETTE_DATA, `${type.type}/${type.subtype}`);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onClick={() => onChoose(type)}
        title={type.description.replaceAll("`", "")}
      >
        <span className={styles.sign} style={{ "--hue": hue } as CSSProperties} aria-hidden="true">
          <Icon size={15} />
        </span>
        <span className={styles.words}>
          <b>{type.title}</b>
          <small>{type.description.split("\n")[0]?.replaceAll("`", "")}</small>
        </span>
      </button>
    </li>
  );
}
