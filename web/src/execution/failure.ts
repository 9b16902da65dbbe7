import type { AssignmentSummary, ExecutionSummary } from "../api/types";

/** The visit that made the execution fail. */
export function failureOf(execution: ExecutionSummary, assignments: readonly AssignmentSummary[]): AssignmentSummary | undefined {
  if (execution.status !== "failed") return undefined;
  const failed = assignments.filter((item) => item.status === "failed");
  const named = execution.error?.details?.node_id;
  return failed.findLast((item) => item.node_id === named) ?? failed.sort((one, other) => one.change_number - other.change_number).at(-1);
}
