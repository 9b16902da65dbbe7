import { useQuery } from "@tanstack/react-query";
import { api, exactAnswer } from "../api/client";
import type { ExecutionSummary, Workflow } from "../api/types";
import { readDefinition } from "../builder/definition/read";
import { isRefusal } from "../builder/definition/types";

/** The definition of the execution's version, which never changes. */
export function useDefinition(execution: ExecutionSummary) {
  const { workflow_id, version } = execution;
  return useQuery({
    queryKey: ["workflows", workflow_id, "versions", version, "definition"],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const path = { workflow: workflow_id, version };
      const workflow = await exactAnswer<Workflow>(api.GET("/api/v1/workflows/{workflow}/versions/{version}", { params: { path }, parseAs: "text", signal }));
      const definition = readDefinition(workflow.definition);
      if (isRefusal(definition)) throw new Error(definition.message);
      return definition;
    },
  });
}

export type DefinitionQuery = ReturnType<typeof useDefinition>;
