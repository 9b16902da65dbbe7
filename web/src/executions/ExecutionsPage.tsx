import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { ArrowUp, ListFilter, ListTree } from "lucide-react";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import { untilAnswered } from "../api/queries";
import { Button, ButtonLink, EmptyState, ErrorPanel, Skeleton } from "../design";
import { Page } from "../shell/Page";
import { ExecutionRows } from "./ExecutionRows";
import { Filters } from "./Filters";
import { isNarrowed, queryOf, readFilter, toggled, writeFilter, type ExecutionFilter } from "./filter";
import styles from "./executions.module.css";
import { rememberList } from "./lastList";
import { StatusFilter } from "./StatusFilter";
import { useHeldList } from "./useHeldList";

const PAGE = 50;
const EVERY = 2_000;
/** Above this many pages the list is refreshed only on request. */
const LIVE_PAGES = 4;

export default function ExecutionsPage() {
  const [search, setSearch] = useSearchParams();
  const filter = readFilter(search);
  const setFilter = (next: ExecutionFilter) => setSearch(writeFilter(next), { replace: true });
  useEffect(() => rememberList(search.toString()), [search]);
  const list = useExecutions(filter, search.toString());
  const held = useHeldList(list.data?.pages.flatMap((page) => page.items) ?? [], search.toString());
  return (
    <Page title="Executions" flush>
      <div className={styles.tools}>
        <StatusFilter filter={filter} onToggle={(status) => setFilter(toggled(filter, status))} onAll={() => setFilter({ ...filter, status: [] })} />
        <Filters filter={filter} onChange={setFilter} />
      </div>
      {list.error && (
        <div className={styles.problem}>
          <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {list.isPending && <Skeleton rows={9} label="Loading executions" />}
      {list.data && held.shown.length === 0 && <NothingThere filter={filter} onClear={() => setFilter(readFilter(new URLSearchParams()))} />}
      {held.shown.length > 0 && (
        <div {...held.handlers} className={styles.listing}>
          {held.fresh > 0 && (
            <button type="button" className={styles.fresh} onClick={held.release}>
              <ArrowUp size={13} aria-hidden="true" />
              {held.fresh === 1 ? "1 new execution" : `${held.fresh} new executions`}
            </button>
          )}
          <ExecutionRows items={held.shown} />
          {list.hasNextPage && (
            <div className={styles.more}>
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show older
              </Button>
            </div>
          )}
        </div>
      )}
    </Page>
  );
}

function useExecutions(filter: ExecutionFilter, key: string) {
  return useInfiniteQuery({
    queryKey: ["executions", "list", key],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => answer(api.GET("/api/v1/executions", { params: { query: { limit: PAGE, ...queryOf(filter, Date.now()), ...(pageParam && { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > LIVE_PAGES ? untilAnswered(query) : EVERY),
  });
}

function NothingThere({ filter, onClear }: { readonly filter: ExecutionFilter; readonly onClear: () => void }) {
  if (isNarrowed(filter)) {
    return (
      <EmptyState icon={ListFilter} title="Nothing matches" actions={<Button onClick={onClear}>Clear all filters</Button>}>
        No execution has all that is asked for.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={ListTree}
      title="No executions yet"
      actions={
        <>
          <ButtonLink look="primary" to="/gallery">
            Run an example
          </ButtonLink>
          <ButtonLink to="/workflows">Workflows</ButtonLink>
        </>
      }
    >
      An execution is one run of a workflow: what happened in each node, when, and with which data. Start one from a workflow’s page, with the command line, or over REST.
    </EmptyState>
  );
}
