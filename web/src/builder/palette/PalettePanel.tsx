import { X } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties } from "react";
import { cx, IconButton } from "../../design";
import { findNode, titleOf } from "../definition/types";
import { definitionOf, useBuilder } from "../draft/store";
import { useViewStore, type Adding } from "../view/viewStore";
import { fittingTypes } from "./fitting";
import { Palette } from "./Palette";
import { useChoose } from "./useChoose";
import styles from "./palette.module.css";

const SIZE = { width: 300, height: 440 };

/** The palette over the canvas: where it was asked for, or in the corner. The canvas stays in reach, so that nodes can be dragged onto it. */
export default function PalettePanel({ adding }: { readonly adding: Adding }) {
  const view = useViewStore();
  const choose = useChoose();
  const types = useBuilder((state) => state.types);
  const definition = useBuilder(definitionOf);
  const { nodes } = useBuilder((state) => state.selection);
  const [isDragged, setDragged] = useState(false);
  const selected = nodes.size === 1 ? findNode(definition, [...nodes][0] ?? "") : undefined;
  const isAfter = adding.begun === null && adding.into === null && adding.at === null && selected !== undefined;
  const panel = useRef<HTMLDivElement>(null);
  useFocusBack(panel);
  const close = () => view.set({ adding: null });
  const hint = isAfter ? `It is added after ${titleOf(selected)}. A trigger is not offered behind a node.` : "Arrow keys choose, Enter adds. Or drag one onto the canvas.";
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it from anywhere inside
    <div
      ref={panel}
      role="dialog"
      aria-label={titleFor(adding)}
      className={cx(styles.panel, isDragged && styles.dragged)}
      style={adding.point === null ? undefined : besidePoint(adding.point)}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
      onDragStart={() => setTimeout(() => setDragged(true))}
      onDragEnd={(event) => (event.dataTransfer.dropEffect === "none" ? setDragged(false) : close())}
    >
      <header className={styles.panelHead}>
        <h2>{titleFor(adding)}</h2>
        <IconButton small label="Close" onClick={close}>
          <X size={14} />
        </IconButton>
      </header>
      <Palette types={fittingTypes(types.all, adding, isAfter)} onChoose={choose} hint={hint} />
    </div>
  );
}

function titleFor({ begun, into }: Adding): string {
  if (into !== null) return "What comes between?";
  return begun === null ? "Add a node" : begun.kind === "source" ? "What comes next?" : "What comes before?";
}

/** Beside the point, and within the window. */
function besidePoint({ x, y }: { readonly x: number; readonly y: number }): CSSProperties {
  const within = (start: number, length: number, frame: number) => Math.max(8, Math.min(start, frame - length - 8));
  return { position: "fixed", left: within(x + 8, SIZE.width, innerWidth), top: within(y - 40, SIZE.height, innerHeight) };
}

/** When it closes, what was focused before is focused again, unless the focus has gone elsewhere. */
function useFocusBack(panel: React.RefObject<HTMLElement | null>): void {
  const before = useRef<Element | null>(null);
  useLayoutEffect(() => {
    before.current ??= document.activeElement;
  }, []);
  useEffect(() => {
    const element = panel.current;
    return () => {
      const isInside = document.activeElement === document.body || element?.contains(document.activeElement) === true;
      if (isInside && before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
    };
  }, [panel]);
}
