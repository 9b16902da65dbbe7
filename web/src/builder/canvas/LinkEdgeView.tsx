import { BaseEdge, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { cx } from "../../design";
import { LineLabel, textAt } from "../../graph/ConnectionLine";
import { connectionStyle, GOTO } from "../../graph/connectionStyle";
import { wayBetween } from "../../graph/paths";
import type { LinkEdge } from "./flow";
import { InsertSign } from "./InsertSign";
import styles from "./canvas.module.css";

/** One connection, with the sign that inserts a node into it. */
export const LinkEdgeView = memo(function LinkEdgeView(props: EdgeProps<LinkEdge>) {
  const { id, data, selected, markerEnd } = props;
  const [type, port] = [data?.type ?? "MAIN", data?.port ?? "main"];
  const way = wayBetween(props, type === "MAIN" || type === GOTO, props.source === props.target);
  const look = connectionStyle(type, port);
  return (
    <g className={cx(styles.link, selected === true && styles.linkSelected, data?.hasError === true && styles.linkErrory)}>
      <BaseEdge
        id={id}
        path={way.path}
        interactionWidth={22}
        {...(markerEnd === undefined ? {} : { markerEnd })}
        style={data?.hasError === true ? { ...look, stroke: "var(--failed)" } : look}
      />
      <LineLabel way={way} text={textAt({ type })} colour={look.stroke} />
      {type === "MAIN" && <InsertSign connection={id} at={way.middle} />}
    </g>
  );
});
