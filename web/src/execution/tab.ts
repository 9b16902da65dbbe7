import type { Execution, ExecutionStatus } from "../api/types";

/** Signs that stand in a browser's tab: there is no colour there. */
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

/** How the execution is, whose it is: so that many tabs are told apart, and show when they are done. */
export function tabOf({ status, workflow, subject }: Pick<Execution, "status" | "workflow" | "subject">): string {
  return `${SIGNS[status]} ${subject ? `${subject} · ` : ""}${workflow}`;
}
