import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, exactAnswer } from "../api/client";
import type { ExecutionSummary, Workflow } from "../api/types";
import { moveNodes } from "../builder/definition/commands/moveNodes";
import { positionOf } from "../builder/definition/position";
import { readDefinition } from "../builder/definition/read";
import { isRefusal } from "../builder/definition/types";
import { nodeTypesQuery } from "../builder/loadNodeTypes";

/** The definition of the execution's version, which never changes. If people arranged it, every node stands where it stands in the builder. */
export function useDefinition(execution: ExecutionSummary) {
  const { workflow_id, version } = execution;
  const client = useQueryClient();
  return useQuery({
    queryKey: ["workflows", workflow_id, "versions", version, "definition"],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const path = { workflow: workflow_id, version };
      const workflow = await exactAnswer<Workflow>(api.GET("/api/v1/workflows/{workflow}/versions/{version}", { params: { path }, parseAs: "text", signal }));
      const definition = readDefinition(workflow.definition);
      if (isRefusal(definition)) throw new Error(definition.message);
      if (!definition.nodes.some(positionOf)) return definition;
      const { arrange } = await import("../builder/layout/arrange");
      const types = await client.query({ ...nodeTypesQuery, staleTime: "static" });
      return moveNodes(definition, arrange(definition, types).positions);
    },
  });
}

export type DefinitionQuery = ReturnType<typeof useDefinition>;
