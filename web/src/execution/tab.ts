import type { Execution, ExecutionStatus } from "../api/types";

/** Signs for the title of a browser tab, which has no colours. */
const SIGNS: Readonly<Record<ExecutionStatus, string>> = {
  pending: "○",
  running: "▶",
  waiting: "◷",
  paused: "‖",
  completed: "✓",
  failed: "✗",
  cancelled: "⊘",
  timed_out: "⏱",
};

/** Returns a title with the status and the subject, so that one can distinguish many tabs and see which are done. */
export function tabOf({ status, workflow, subject }: Pick<Execution, "status" | "workflow" | "subject">): string {
  return `${SIGNS[status]} ${subject ? `${subject} · ` : ""}${workflow}`;
}
