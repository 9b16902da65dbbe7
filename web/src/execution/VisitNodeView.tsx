import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { between, cx, duration, LOOKS, NOT_REACHED, statusClass, StatusSign, Took } from "../design";
import { NodeCard } from "../graph/NodeCard";
import styles from "./graph.module.css";
import type { GraphNode } from "./graph";
import type { VisitNode } from "./picture";

/** One node with what happened in it. The canvas handles clicks on it. */
export const VisitNodeView = memo(function VisitNodeView({ data }: NodeProps<VisitNode>) {
  const { node, drawn, isSelected } = data;
  return (
    <button type="button" className={cx(styles.button, "nopan")} aria-pressed={isSelected}>
      <NodeCard
        drawn={drawn}
        className={cx(styles.node, node.status === null ? styles.unreached : statusClass(node.status), node.status === "running" && styles.running, node.status === "failed" && styles.failed, isSelected && styles.selected)}
        line={drawn.isDisabled ? "Disabled: passes its input on" : <Happened node={node} />}
        end={
          <>
            {node.visits > 1 && <span className={styles.visits} aria-hidden="true">×{node.visits}</span>}
            {node.status === null ? <NOT_REACHED.icon size={16} className={styles.quiet} aria-hidden="true" /> : <StatusSign status={node.status} size={16} />}
          </>
        }
      />
    </button>
  );
});

function Happened({ node }: { readonly node: GraphNode }) {
  return (
    <>
      {(node.status === null ? NOT_REACHED : LOOKS[node.status]).label}
      {node.suspended && ", suspended"}
      {node.attempts > 1 && ` · attempt ${node.attempts}`}
      {node.visits === 1 && node.startedAt !== null && node.endedAt !== null && ` · ${duration(between(node.startedAt, node.endedAt, 0))}`}
      {node.startedAt !== null && node.status === "running" && (
        <>
          {" · "}
          <Took from={node.startedAt} to={null} />
        </>
      )}
      <span className="visually-hidden">{spoken(node)}</span>
    </>
  );
}

/** Text for screen readers in addition to the visible text. */
function spoken(node: GraphNode): string {
  const visits = node.visits === 0 ? "" : node.visits === 1 ? ", 1 visit" : `, ${node.visits} visits`;
  return visits + (node.error ? `, ${node.error}` : "");
}
