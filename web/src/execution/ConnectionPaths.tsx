import { ViewportPortal } from "@xyflow/react";
import { memo, useId } from "react";
import { cx } from "../design";
import { LineLabel, textAt } from "../graph/ConnectionLine";
import { connectionStyle } from "../graph/connectionStyle";
import styles from "./graph.module.css";
import type { TakenWay } from "./picture";

/** All connections in one SVG. As edges of React Flow each would be an SVG of its own, and be looked at in every step of a movement. */
export const ConnectionPaths = memo(function ConnectionPaths({ connections }: { readonly connections: readonly TakenWay[] }) {
  const arrow = useId();
  const drawn = (isTaken: boolean) =>
    connections.map((connection) => connection.taken > 0 === isTaken && <PathView key={connection.id} connection={connection} arrow={`${arrow}${isTaken ? "taken" : ""}`} />);
  return (
    <ViewportPortal>
      <svg className={styles.paths} width="1" height="1" aria-hidden="true">
        <Arrow id={arrow} className={styles.arrow} />
        <Arrow id={`${arrow}taken`} className={cx(styles.arrow, styles.taken)} />
        <g>{drawn(false)}</g>
        <g>{drawn(true)}</g>
      </svg>
    </ViewportPortal>
  );
});

const PathView = memo(function PathView({ connection, arrow }: { readonly connection: TakenWay; readonly arrow: string }) {
  const { taken, live, line, way } = connection;
  const style = connectionStyle(line.type, line.port);
  const isFlow = line.sourceHandle.startsWith("out:");
  const label = [textAt(line), taken > 1 && `×${taken}`].filter(Boolean).join(" ");
  return (
    <>
      <path d={way.path} className={cx(styles.path, taken > 0 && styles.taken, live && styles.live)} style={taken > 0 ? {} : style} {...(isFlow && { markerEnd: `url(#${arrow})` })} />
      <LineLabel way={way} text={label} colour={taken > 0 ? "var(--text-2)" : style.stroke} />
    </>
  );
});

function Arrow({ id, className }: { readonly id: string; readonly className: string | undefined }) {
  return (
    <marker id={id} viewBox="-10 -10 20 20" markerWidth={11} markerHeight={11} markerUnits="strokeWidth" orient="auto-start-reverse" refX={0} refY={0}>
      <polyline className={className} points="-5,-4 0,0 -5,4 -5,-4" />
    </marker>
  );
}
