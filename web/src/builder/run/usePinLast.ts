import { useToasts } from "../../design";
import { isObject, type NodeId } from "../definition/types";
import { useBuilderStore } from "../draft/store";
import { lastRunOf, readVisit } from "./lastRun";
import { pin } from "./pins";

/** Pins the output that a node has in the execution that is shown. */
export function usePinLast(): (node: NodeId) => Promise<void> {
  const store = useBuilderStore();
  const toasts = useToasts();
  return async (node) => {
    const run = lastRunOf(store).nodes.get(node);
    if (run === undefined) return;
    try {
      const output: unknown = (await readVisit(run.executionId, run.assignmentId)).output;
      if (isObject(output)) pin(store, node, output);
    } catch (error) {
      toasts.failed("The output was not pinned", error);
    }
  };
}
