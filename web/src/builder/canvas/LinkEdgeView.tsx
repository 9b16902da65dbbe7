import { BaseEdge, getBezierPath, getSmoothStepPath, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { cx } from "../../design";
import { connectionTypeName } from "../definition/connectionRules";
import { colourOf, lookOf } from "./connectionLooks";
import type { LinkEdge } from "./flow";
import styles from "./canvas.module.css";

/** One connection: a curve if it leads forward, a way around the nodes if it leads back. */
export const LinkEdgeView = memo(function LinkEdgeView(props: EdgeProps<LinkEdge>) {
  const { id, data, selected, markerEnd } = props;
  const type = data?.type ?? "MAIN";
  const [path, labelX, labelY] = pathOf(props, type);
  const isMain = type === "MAIN";
  const isGoto = type === "GOTO";
  const colour = isGoto ? "var(--edge)" : data?.port === "error" && isMain ? "var(--failed)" : colourOf(type);
  return (
    <g className={cx(styles.link, selected === true && styles.linkSelected, data?.hasError === true && styles.linkErrory)}>
      <BaseEdge
        id={id}
        path={path}
        interactionWidth={22}
        {...(markerEnd === undefined ? {} : { markerEnd })}
        style={{ stroke: data?.hasError === true ? "var(--failed)" : colour, strokeDasharray: isGoto ? "3 5" : data?.port === "error" && isMain ? "5 4" : isMain ? "none" : lookOf(type).dash }}
      />
      {!isMain && (
        <text x={labelX} y={labelY} className={styles.linkLabel} style={{ fill: colour }}>
          {isGoto ? "goto" : connectionTypeName(type)}
        </text>
      )}
    </g>
  );
});

type Ends = Pick<EdgeProps, "sourceX" | "sourceY" | "targetX" | "targetY" | "sourcePosition" | "targetPosition" | "source" | "target">;

function pathOf(ends: Ends, type: string): readonly [string, number, number] {
  const isBack = (type === "MAIN" || type === "GOTO") && ends.targetX < ends.sourceX + 10;
  if (!isBack) {
    const [path, x, y] = getBezierPath({ ...ends, curvature: 0.28 });
    return [path, x, y];
  }
  const below = Math.max(ends.sourceY, ends.targetY) + 76;
  const isFlat = ends.source === ends.target || Math.abs(ends.sourceY - ends.targetY) < 90;
  const [path, x, y] = getSmoothStepPath({ ...ends, borderRadius: 14, offset: 24, ...(isFlat ? { centerY: below } : {}) });
  return [path, x, y];
}
