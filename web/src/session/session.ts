import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, takeSession } from "../api/client";
import { ProblemError } from "../api/problem";
import type { Session } from "../api/types";

/** The permissions of roles; `interlock.api.auth.permissions` decides. */
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
  | "users.manage"
  | "workspaces.manage";

/** The session; null if nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      return await takeSession(await answer(api.GET("/api/v1/session")));
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) return null;
      throw error;
    }
  },
});

/** The session; works only inside the `Entrance`. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (!data) throw new Error("nobody is signed in");
  return data;
}

/** Whether the user may do something. */
export function useMay(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}

/** Why the user may not do something; null if they may. */
export function useRefusal(permission: Permission): string | null {
  const session = useSession();
  return session.permissions.includes(permission) ? null : `Your role (${session.user.role}) does not allow this. An admin can give you another one.`;
}

export function useSetSession(): (session: Session | null) => void {
  const client = useQueryClient();
  return (session) => {
    // Data that one user saw is not kept for the next.
    if (session === null) client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    client.setQueryData(sessionQuery.queryKey, session);
  };
}
