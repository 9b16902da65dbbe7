import { useToasts } from "../../design";
import { isObject, type NodeId } from "../definition/types";
import { useBuilderStore } from "../draft/store";
import { lastRunOf, readVisit } from "./lastRun";
import { pin, pinsOf } from "./pins";

/** Pins the output that a node has in the execution that is shown; removes the pin of one that has it. */
export function useTogglePin(): (node: NodeId) => Promise<void> {
  const store = useBuilderStore();
  const toasts = useToasts();
  return async (node) => {
    if (pinsOf(store).has(node)) {
      pin(store, node, null);
      return;
    }
    const run = lastRunOf(store).nodes.get(node);
    if (run?.status !== "completed") {
      toasts.failed("Nothing was pinned", "The node has no output yet. Run it, or type an output.");
      return;
    }
    try {
      const output: unknown = (await readVisit(run.executionId, run.assignmentId)).output;
      if (isObject(output)) pin(store, node, output);
    } catch (error) {
      toasts.failed("The output was not pinned", error);
    }
  };
}
