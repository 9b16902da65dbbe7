import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { NodeId } from "../definition/types";
import { useBuilder } from "../draft/store";
import { useView } from "../view/viewStore";

const DAY_MINUTES = 24 * 60;

/** How often a node failed during the last day, and how hot that is: 1 for the node that failed most. */
export interface Heat {
  readonly count: number;
  readonly share: number;
  readonly lastMessage: string;
}

/** Returns the heat of the nodes that failed during the last day, while it is asked for. */
export function useHeat(): { readonly heat: ReadonlyMap<NodeId, Heat>; readonly isKnown: boolean } {
  const isWanted = useView((state) => state.showsHeat);
  const workflow = useBuilder((state) => state.base.workflowId);
  const overview = useQuery({
    queryKey: ["overview", "of the last day", workflow],
    enabled: isWanted && workflow !== null,
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const query = { window_minutes: DAY_MINUTES, workflow: workflow ?? "" };
      return heatOf((await answer(api.GET("/api/v1/overview", { params: { query }, signal }))).failing_nodes);
    },
  });
  return { heat: (isWanted ? overview.data : undefined) ?? NONE, isKnown: isWanted && overview.data !== undefined };
}

const NONE: ReadonlyMap<NodeId, Heat> = new Map();

export function heatOf(nodes: readonly { readonly node_id: string; readonly count: number; readonly last_message: string }[]): ReadonlyMap<NodeId, Heat> {
  const most = Math.max(1, ...nodes.map((node) => node.count));
  return new Map(nodes.map((node) => [node.node_id, { count: node.count, share: node.count / most, lastMessage: node.last_message }]));
}
