import type { Point } from "../definition/position";
import { useBuilder } from "../draft/store";
import { ANYWHERE, useViewStore } from "../view/viewStore";
import styles from "./canvas.module.css";

/** The + on a connection, visible while the pointer is over it or it is selected. With the keyboard, N on the selected connection does the same. */
export function InsertSign({ connection, at }: { readonly connection: string; readonly at: Point }) {
  const view = useViewStore();
  const canEdit = useBuilder((state) => state.canEdit);
  if (!canEdit) return null;
  return (
    <g
      className={styles.insert}
      transform={`translate(${at.x} ${at.y})`}
      data-testid="insert"
      onClick={(event) => {
        event.stopPropagation();
        view.set({ adding: { ...ANYWHERE, into: connection, point: { x: event.clientX, y: event.clientY } } });
      }}
    >
      <title>Insert a node here (N)</title>
      <circle r="10" />
      <path d="M-4 0H4M0 -4V4" />
    </g>
  );
}
