import { QueryClient, type Query } from "@tanstack/react-query";
import { OfflineError, ProblemError } from "./problem";

/** Milliseconds after which is asked again what could not be answered. */
const AGAIN = 2_000;

/** One cache for all pages. Reads are repeated where the server is away or asks for it, changes never by themselves. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 1_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < 2 && (!(error instanceof ProblemError) || error.retryable),
        retryDelay: (count) => 300 * 2 ** count,
        refetchInterval: untilAnswered,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

/** `refetchInterval` of what need not be asked twice: it is asked again only while the server is away or unwell, then never more. */
export function untilAnswered(query: { readonly state: { readonly error: unknown } }): number | false {
  const { error } = query.state;
  return error instanceof OfflineError || (error instanceof ProblemError && error.status >= 500 && error.retryable) ? AGAIN : false;
}

/** Whether what a page shows waits for a server that cannot be reached. */
export function isWaiting(query: Query): boolean {
  const { error, fetchFailureReason } = query.state;
  return query.isActive() && (error instanceof OfflineError || fetchFailureReason instanceof OfflineError);
}
