import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { ExecutionSummary } from "../api/types";
import { readDefinition } from "../builder/definition/read";
import { isRefusal } from "../builder/definition/types";

/** The version that the execution is on; it never changes. */
export function useDefinition(execution: ExecutionSummary) {
  const { workflow_id, version } = execution;
  return useQuery({
    queryKey: ["workflows", workflow_id, "versions", version, "definition"],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const workflow = await answer(api.GET("/api/v1/workflows/{workflow}/versions/{version}", { params: { path: { workflow: workflow_id, version } }, signal }));
      const definition = readDefinition(workflow.definition);
      if (isRefusal(definition)) throw new Error(definition.message);
      return definition;
    },
  });
}

export type DefinitionQuery = ReturnType<typeof useDefinition>;
