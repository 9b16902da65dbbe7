import { QueryClient, type Query } from "@tanstack/react-query";
import { OfflineError, ProblemError } from "./problem";

/** Milliseconds until a request without an answer is repeated. */
const AGAIN = 2_000;

const LIMIT_REACHED = "IL062";

/** One cache for all pages. Reads are repeated if the server is down or asks for it; changes are never repeated automatically. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 1_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < 2 && (!(error instanceof ProblemError) || error.retryable),
        retryDelay: pauseBefore,
        refetchInterval: untilAnswered,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

/** Milliseconds before a try: as long as the server asked for, else twice as long as before. */
export function pauseBefore(count: number, error: unknown): number {
  return error instanceof ProblemError && error.retryAfter !== undefined ? error.retryAfter * 1_000 : 300 * 2 ** count;
}

/** `refetchInterval` of a query that needs one answer only: it is repeated while the server is down or unwell, and not after that. */
export function untilAnswered(query: { readonly state: { readonly error: unknown } }): number | false {
  const { error } = query.state;
  return error instanceof OfflineError || (error instanceof ProblemError && error.status >= 500 && error.retryable) ? AGAIN : false;
}

/** Returns what a query of the page waits for: a server that cannot be reached, or the time from which a limit allows more. */
export function waitsFor(query: Query): OfflineError | ProblemError | null {
  if (!query.isActive()) return null;
  const reasons = [query.state.error, query.state.fetchFailureReason];
  const limit = query.state.fetchFailureReason;
  return reasons.find((reason) => reason instanceof OfflineError) ?? (limit instanceof ProblemError && limit.code === LIMIT_REACHED ? limit : null);
}
