import { useQuery } from "@tanstack/react-query";
import { api, exactAnswer } from "../api/client";
import type { ExecutionSummary } from "../api/types";
import { readDefinition } from "../builder/definition/read";
import { isRefusal } from "../builder/definition/types";

/** The definition of the execution's version, which never changes. */
export function useDefinition(execution: ExecutionSummary) {
  const { id, workflow_id, version } = execution;
  return useQuery({
    queryKey: version === null ? ["execution", id, "definition"] : ["workflows", workflow_id, "versions", version, "definition"],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const path = { execution_id: id };
      const read = await exactAnswer<{ definition: unknown }>(api.GET("/api/v1/executions/{execution_id}/definition", { params: { path }, parseAs: "text", signal }));
      const definition = readDefinition(read.definition);
      if (isRefusal(definition)) throw new Error(definition.message);
      return definition;
    },
  });
}

export type DefinitionQuery = ReturnType<typeof useDefinition>;
