import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, exactAnswer } from "../../api/client";
import type { ExecutionSummary } from "../../api/types";
import { useExecution, useFeed } from "../../execution/useFeed";
import { useBuilder, useBuilderStore } from "../draft/store";
import { setLastRun, useChosenRun } from "./lastRun";
import { nodeRunsOf } from "./nodeRuns";

/** Keeps `lastRun` up to date; draws nothing. */
export function RunFeed() {
  const store = useBuilderStore();
  const workflow = useBuilder((state) => state.base.workflowId);
  // Only this part: drawing again for each change that the feed makes would never end.
  const chosen = useChosenRun();
  const latest = useQuery({
    queryKey: ["executions", "latest of", workflow],
    enabled: chosen === null && workflow !== null,
    queryFn: async ({ signal }) => {
      const query = { workflow: workflow ?? "", limit: 1 };
      const page = await exactAnswer<{ items: ExecutionSummary[] }>(api.GET("/api/v1/executions", { params: { query }, parseAs: "text", signal }));
      return page.items[0]?.id ?? null;
    },
  });
  const id = chosen ?? latest.data ?? null;
  const isKnown = id !== null || workflow === null || latest.data === null;
  useEffect(() => {
    if (id === null) setLastRun(store, { execution: null, nodes: new Map(), isLoading: !isKnown && latest.error === null, error: latest.error });
  }, [store, id, isKnown, latest.error]);
  return id !== null && <FeedOf key={id} id={id} />;
}

function FeedOf({ id }: { readonly id: string }) {
  const store = useBuilderStore();
  const details = useExecution(id);
  const { execution, assignments, error: feedError } = useFeed(id, details.data);
  const error = details.error ?? feedError ?? null;
  useEffect(() => {
    if (execution && assignments) setLastRun(store, { execution, nodes: nodeRunsOf(execution.id, execution.created_at, assignments), isLoading: false, error });
    else setLastRun(store, { execution: null, nodes: new Map(), isLoading: error === null, error });
  }, [store, execution, assignments, error]);
  return null;
}
