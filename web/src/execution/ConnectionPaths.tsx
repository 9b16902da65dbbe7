import { ViewportPortal } from "@xyflow/react";
import { memo, useId } from "react";
import { cx } from "../design";
import styles from "./graph.module.css";
import type { GraphConnection } from "./graph";
import type { Layout, ConnectionPath } from "./layout";

/** All connections in one SVG. As edges of React Flow each would be an SVG of its own, and be looked at in every step of a movement. */
export const ConnectionPaths = memo(function ConnectionPaths({ connections, layout }: { readonly connections: readonly GraphConnection[]; readonly layout: Layout }) {
  const arrow = useId();
  const drawn = (isTaken: boolean) =>
    connections.map((connection) => {
      const way = layout.paths.get(connection.id);
      return way && connection.taken > 0 === isTaken && <PathView key={connection.id} connection={connection} way={way} arrow={`${arrow}${isTaken ? "taken" : ""}`} />;
    });
  return (
    <ViewportPortal>
      <svg className={styles.paths} width={layout.width} height={layout.height} aria-hidden="true">
        <Arrow id={arrow} className={styles.arrow} />
        <Arrow id={`${arrow}taken`} className={cx(styles.arrow, styles.taken)} />
        <g>{drawn(false)}</g>
        <g>{drawn(true)}</g>
      </svg>
    </ViewportPortal>
  );
});

interface PathProps {
  readonly connection: GraphConnection;
  readonly way: ConnectionPath;
  readonly arrow: string;
}

const PathView = memo(function PathView({ connection, way, arrow }: PathProps) {
  const { taken, live, supplies } = connection;
  const label = [connection.port, taken > 1 && `×${taken}`].filter(Boolean).join(" ");
  return (
    <>
      <path d={way.path} className={cx(styles.path, taken > 0 ? styles.taken : styles.untaken, live && styles.live, supplies && styles.supplies)} {...(!supplies && { markerEnd: `url(#${arrow})` })} />
      {label && (
        <text x={way.label.x} y={way.label.y} className={styles.label}>
          {label}
        </text>
      )}
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
