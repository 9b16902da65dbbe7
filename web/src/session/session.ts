import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, rememberCsrfToken } from "../api/client";
import { ProblemError } from "../api/problem";
import type { Session } from "../api/types";

/** What a role may allow; `interlock.api.auth.permissions` is the truth. */
export type Permission =
  | "workflows.read"
  | "workflows.write"
  | "workflows.run"
  | "executions.read"
  | "executions.change"
  | "assignments.read"
  | "assignments.work"
  | "overview.read"
  | "credentials.read"
  | "credentials.write"
  | "users.manage";

/** Who is signed in; null: nobody. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      return remembered(await answer(api.GET("/api/v1/session")));
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) return null;
      throw error;
    }
  },
});

export function remembered(session: Session): Session {
  rememberCsrfToken(session.csrf_token);
  return session;
}

/** Who is signed in; only behind the `Entrance`. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (!data) throw new Error("nobody is signed in");
  return data;
}

/** Whether who is signed in may do something. */
export function useMay(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}

/** Why who is signed in may not do something; null: they may. */
export function useRefusal(permission: Permission): string | null {
  const session = useSession();
  return session.permissions.includes(permission) ? null : `Your role (${session.user.role}) does not allow this. An admin can give you another one.`;
}

export function useSetSession(): (session: Session | null) => void {
  const client = useQueryClient();
  return (session) => {
    rememberCsrfToken(session?.csrf_token ?? null);
    // What one person was shown is not kept for the next.
    if (session === null) client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    client.setQueryData(sessionQuery.queryKey, session);
  };
}
