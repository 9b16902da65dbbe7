import { api, exactAnswer } from "./client";
import type { AssignmentSummary } from "./types";

/** One page of an execution's visits in the order of their change numbers, as the API returns it. */
export type Page = { readonly items: readonly AssignmentSummary[]; readonly next_since: number | null };
type ReadPage = (since: number) => Promise<Page>;

/**
 * Returns all visits of an execution that changed after a change number, each once, in its newest state. It reads page after page, so that none is
 * missing however many there are: every change up to the highest change number among them is included.
 */
export async function assignmentsOf(execution: string, since: number, signal: AbortSignal | undefined, read: ReadPage = reader(execution, signal)): Promise<AssignmentSummary[]> {
  const found = new Map<string, AssignmentSummary>();
  for (let next: number | null = since; next !== null; ) {
    const page: Page = await read(next);
    for (const item of page.items) found.set(item.id, item);
    next = page.next_since;
  }
  return [...found.values()];
}

function reader(execution: string, signal: AbortSignal | undefined): ReadPage {
  const path = { execution_id: execution };
  return (since) => exactAnswer<Page>(api.GET("/api/v1/executions/{execution_id}/assignments", { params: { path, query: { since } }, parseAs: "text", ...(signal && { signal }) }));
}
