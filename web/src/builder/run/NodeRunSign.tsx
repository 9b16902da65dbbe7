import { Pin } from "lucide-react";
import { cx, shortDuration, StatusSign, Took } from "../../design";
import type { NodeId } from "../definition/types";
import { useNodeRun } from "./lastRun";
import { usePin } from "./pins";
import styles from "./run.module.css";

/** On a node of the canvas: what the execution did there that is shown, and whether its output is pinned. */
export function NodeRunSign({ node }: { readonly node: NodeId }) {
  const run = useNodeRun(node);
  const isPinned = usePin(node) !== undefined;
  if (run === undefined && !isPinned) return null;
  return (
    <span className={cx(styles.sign, run?.isTakenOver && styles.taken)}>
      {run && <StatusSign status={run.status} size={12} />}
      {run && <span className="visually-hidden">{run.status}</span>}
      {run?.isTakenOver ? "taken over" : run?.took != null ? shortDuration(run.took) : run?.startedAt && run.status === "running" ? <Took from={run.startedAt} to={null} /> : null}
      {run && run.visits > 1 && <span>×{run.visits}</span>}
      {isPinned && <Pin size={11} aria-label="pinned" />}
    </span>
  );
}
