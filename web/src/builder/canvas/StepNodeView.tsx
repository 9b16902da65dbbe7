import { Handle, Position, type NodeProps } from "@xyflow/react";
import { CircleAlert, Flame, TriangleAlert } from "lucide-react";
import { lazy, memo, Suspense, type CSSProperties } from "react";
import { cx } from "../../design";
import { colourOf } from "../../graph/connectionLooks";
import { NodeCard } from "../../graph/NodeCard";
import type { HandlePlace } from "../../graph/outlets";
import { connectionTypeName } from "../definition/connectionRules";
import type { StepNode } from "./flow";
import styles from "./canvas.module.css";

const NodeRunSign = lazy(async () => ({ default: (await import("../run/NodeRunSign")).NodeRunSign }));

/** One node on the canvas. It depends on its data alone, so it is drawn again only if the data changes. */
export const StepNodeView = memo(function StepNodeView({ data, selected }: NodeProps<StepNode>) {
  const { drawn } = data;
  return (
    <div className={cx(styles.box, drawn.outlets.takes.length > 0 && styles.overTakes)}>
      <NodeCard
        drawn={drawn}
        line={drawn.isKnown ? data.summary : `Unknown type ${drawn.type}/${drawn.subtype}`}
        className={cx(styles.step, selected && styles.selected, data.errorCount > 0 && styles.errory, data.outcome === "failed" && styles.failed, data.outcome === "completed" && styles.completed)}
      />
      {data.badges.length > 0 && (
        <ul className={styles.badges} aria-label="Settings">
          {data.badges.map((badge) => (
            <li key={badge}>{badge}</li>
          ))}
        </ul>
      )}
      {data.errorCount + data.warningCount > 0 && (
        <span className={cx(styles.badge, data.errorCount === 0 && styles.warningBadge)} title={data.errorText}>
          {data.errorCount > 0 ? <CircleAlert size={12} aria-hidden="true" /> : <TriangleAlert size={12} aria-hidden="true" />}
          {data.errorCount > 0 ? data.errorCount : data.warningCount}
          <span className="visually-hidden">{problems(data.errorCount, data.warningCount)}</span>
        </span>
      )}
      {data.heat !== null && (
        <span className={styles.heat} style={{ "--heat": data.heat.share } as CSSProperties} title={data.heat.lastMessage}>
          <Flame size={11} aria-hidden="true" />
          {data.heat.count.toLocaleString("en")}
          <span className="visually-hidden"> {data.heat.count === 1 ? "error" : "errors"} during the last day</span>
        </span>
      )}
      <Suspense fallback={null}>
        <NodeRunSign node={data.id} />
      </Suspense>
      {drawn.places.map((place) => (
        <PlacedHandle key={place.id} place={place} />
      ))}
    </div>
  );
});

function problems(errors: number, warnings: number): string {
  if (errors > 0) return errors === 1 ? " error" : " errors";
  return warnings === 1 ? " warning" : " warnings";
}

function PlacedHandle({ place }: { readonly place: HandlePlace }) {
  const isCapability = place.position === Position.Top || place.position === Position.Bottom;
  return (
    <Handle
      id={place.id}
      type={place.kind}
      position={place.position}
      className={cx(styles.handle, isCapability && styles.capability, place.label === "error" && styles.errorHandle, place.kind === "target" && !isCapability && styles.inputHandle)}
      style={{ left: place.x, top: place.y, ...(isCapability ? { "--edge-colour": colourOf(place.label) } : {}) }}
      title={isCapability ? connectionTypeName(place.label) : place.kind === "source" ? `${place.label}: drag to connect` : "input"}
    />
  );
}
