import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { assignmentsOf } from "../api/assignments";
import { api, exactAnswer } from "../api/client";
import { watchExecution, type Connection as Watched } from "../api/watchExecution";
import type { AssignmentSummary, Execution, ExecutionEvent, ExecutionSummary } from "../api/types";
import { hasEnded } from "../design";
import { isGraphMoving } from "../graph/useMoving";
import { batched } from "./batch";
import { afterEvents, feedOf, type Feed } from "./feed";

/** Milliseconds that a change waits at most for others, to be drawn together; longer while the graph is moved, because drawing would interrupt the movement. */
const drawnAfter = () => (isGraphMoving() ? 250 : 60);

export type Connection = Watched | "opening" | "ended";

export const executionKey = (id: string) => ["execution", id] as const;

/** Reads an execution without its path. */
export function useExecution(id: string) {
  return useQuery({
    queryKey: executionKey(id),
    queryFn: ({ signal }) => exactAnswer<Execution>(api.GET("/api/v1/executions/{execution_id}", { params: { path: { execution_id: id }, query: { run_data: false } }, parseAs: "text", signal })),
  });
}

/** The execution as it moves: its present state, then every change. */
export function useFeed(id: string, execution: ExecutionSummary | undefined) {
  const client = useQueryClient();
  const [feed, setFeed] = useState<Feed | null>(null);
  const [connection, setConnection] = useState<Connection>("opening");
  const [refused, setRefused] = useState<unknown>(null);
  const list = useQuery({
    queryKey: ["execution", id, "assignments"],
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    queryFn: ({ signal }) => assignmentsOf(id, 0, signal),
  });
  const items = list.data;
  const known = execution !== undefined;
  const hadEnded = execution !== undefined && hasEnded(execution.status);

  useEffect(() => {
    if (!known || !items) return;
    const start = feedOf(null, items);
    const stop = new AbortController();
    const batch = batched((events: readonly ExecutionEvent[]) => {
      setFeed((now) => afterEvents(now ?? start, events));
      if (events.some((event) => event.kind !== "assignment")) void client.invalidateQueries({ queryKey: executionKey(id), exact: true });
    }, drawnAfter);
    const work = watchExecution(id, start.cursor, {
      signal: stop.signal,
      onEvents: batch.add,
      onConnection: setConnection,
    });
    work.then(
      () => {
        if (!stop.signal.aborted) setConnection("ended");
      },
      (error: unknown) => setRefused(error),
    );
    return () => {
      stop.abort();
      batch.stop();
    };
  }, [client, id, items, known]);

  const current = useMemo(() => feed ?? (items ? feedOf(null, items) : null), [feed, items]);
  const visits = current?.assignments;
  const assignments = useMemo(() => visits && inOrder([...visits.values()]), [visits]);
  return {
    execution: newest(execution, current?.execution ?? undefined),
    assignments,
    connection: hadEnded && connection === "opening" ? ("ended" as const) : connection,
    error: refused ?? list.error,
    refetch: () => void list.refetch(),
  };
}

function newest<One extends ExecutionSummary>(details: One | undefined, summary: ExecutionSummary | undefined): One | undefined {
  return details && summary && summary.change_number > details.change_number ? { ...details, ...summary } : details;
}

/** In the order in which the visits began. */
function inOrder(items: AssignmentSummary[]): AssignmentSummary[] {
  return items.sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at) || one.id.localeCompare(other.id));
}
