import { useQuery } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { listenToApi } from "../api/client";
import { ErrorPanel } from "../design";
import { Logo } from "../shell/Logo";
import styles from "./session.module.css";
import { sessionQuery, useSetSession } from "./session";

/** Shows what is inside to who is signed in, and leads everybody else to the sign-in and back. */
export function SignedIn({ children }: { readonly children: ReactNode }) {
  const session = useQuery(sessionQuery);
  const setSession = useSetSession();
  const location = useLocation();
  const refetch = session.refetch;

  useEffect(() => {
    listenToApi({ signedOut: () => setSession(null), passwordMustChange: () => void refetch() });
  });

  if (session.data === undefined) {
    return (
      <main className={styles.splash}>
        {session.isError ? <ErrorPanel error={session.error} onRetry={() => void session.refetch()} /> : <Logo size={30} label="Interlock is loading" />}
      </main>
    );
  }
  if (session.data === null || session.data.user.must_change_password) {
    const next = location.pathname + location.search;
    return <Navigate to={next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`} replace />;
  }
  return children;
}
