import { useInfiniteQuery } from "@tanstack/react-query";

interface PageOf<Item> {
  readonly items: Item[];
  readonly next_cursor?: string | null | undefined;
}

/** Loads a list page by page. */
export function usePagedList<Item>(queryKey: readonly unknown[], load: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<Item>>) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) };
}
