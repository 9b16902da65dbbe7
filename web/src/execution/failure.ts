import type { AssignmentSummary, ExecutionSummary } from "../api/types";

/** Returns the visit that made the execution fail. */
export function failureOf(execution: ExecutionSummary, assignments: readonly AssignmentSummary[]): AssignmentSummary | undefined {
  if (execution.status !== "failed") return undefined;
  const failed = assignments.filter((item) => item.status === "failed");
  const named = execution.error?.details?.node_id;
  return failed.findLast((item) => item.node_id === named) ?? failed.sort((one, other) => one.change_number - other.change_number).at(-1);
}

/** Returns the address of the builder at a node; if the execution failed, with the execution, so that the builder shows why and offers to retry it. */
export function builderAddress(execution: ExecutionSummary, node: string | undefined): string {
  const search = new URLSearchParams();
  if (execution.status === "failed") search.set("execution", execution.id);
  if (node !== undefined) search.set("node", node);
  return `/workflows/${execution.workflow_id}${search.size > 0 ? `?${search}` : ""}`;
}
