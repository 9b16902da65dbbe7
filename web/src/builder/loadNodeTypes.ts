import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { NodeTypes, type NodeType } from "./definition/nodeTypes";

/** The node types of the server, loaded once. */
export const nodeTypesQuery = queryOptions({
  queryKey: ["node-types"],
  staleTime: Infinity,
  queryFn: async () => new NodeTypes((await answer(api.GET("/api/v1/node-types"))).items as unknown as readonly NodeType[]),
});
