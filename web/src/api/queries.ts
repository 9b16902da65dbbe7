import { QueryClient } from "@tanstack/react-query";
import { ProblemError } from "./problem";

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
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
