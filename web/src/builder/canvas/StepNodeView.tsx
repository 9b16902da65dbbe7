import { Handle, Position, type NodeProps } from "@xyflow/react";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { memo, type CSSProperties } from "react";
import { cx } from "../../design";
import { connectionTypeName } from "../definition/connectionRules";
import { colourOf } from "./connectionLooks";
import type { StepNode } from "./flow";
import type { HandlePlace } from "./geometry";
import { nodeLook } from "../../graph/nodeLooks";
import styles from "./canvas.module.css";

/** One node on the canvas. It depends on its data alone, so it is drawn again only if the data changes. */
export const StepNodeView = memo(function StepNodeView({ data, selected }: NodeProps<StepNode>) {
  const { icon: Icon, hue } = nodeLook(data.type, data.subtype);
  const { outlets } = data;
  return (
    <div
      className={cx(styles.step, selected && styles.selected, data.isTrigger && styles.trigger, outlets.gives.length > 0 && styles.supplier, data.errorCount > 0 && styles.errory, data.outcome && styles[data.outcome])}
      style={{ "--hue": hue } as CSSProperties}
    >
      <div className={styles.stepHead}>
        <span className={styles.sign} aria-hidden="true">
          <Icon size={17} strokeWidth={2} />
        </span>
        <span className={styles.words}>
          <b>{data.title}</b>
          <small>{data.isKnown ? data.summary : `Unknown type ${data.type}/${data.subtype}`}</small>
        </span>
      </div>
      {outlets.portsAreNamed && (
        <ul className={styles.ports}>
          {outlets.ports.map((port) => (
            <li key={port} className={port === "error" ? styles.errorPort : undefined}>
              {port}
            </li>
          ))}
        </ul>
      )}
      {outlets.takes.length > 0 && (
        <ul className={styles.takes}>
          {outlets.takes.map((type) => (
            <li key={type} style={{ color: colourOf(type) }}>
              {connectionTypeName(type)}
            </li>
          ))}
        </ul>
      )}
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
          <span className="visually-hidden">{data.errorCount > 0 ? "errors" : "warnings"}</span>
        </span>
      )}
      {data.places.map((place) => (
        <PlacedHandle key={place.id} place={place} />
      ))}
    </div>
  );
});

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
