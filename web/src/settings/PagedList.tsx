import type { ReactNode } from "react";
import { Button, Card, ErrorPanel, Skeleton } from "../design";
import styles from "./settings.module.css";
import type { usePagedList } from "./usePagedList";

/** The states of every list of the settings: loading, an error, empty, its items, and a button for more. */
export function PagedList<Item>({ list, empty, children }: { readonly list: ReturnType<typeof usePagedList<Item>>; readonly empty: ReactNode; readonly children: (items: readonly Item[]) => ReactNode }) {
  return (
    <>
      {list.error && <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />}
      {(list.items || list.isPending) && (
        <Card flush>
          {list.items ? list.items.length > 0 ? children(list.items) : empty : <Skeleton rows={5} />}
          {list.hasNextPage && (
            <div className={styles.more}>
              <Button small busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                More
              </Button>
            </div>
          )}
        </Card>
      )}
    </>
  );
}
