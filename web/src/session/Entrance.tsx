import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useEffectEvent, useLayoutEffect, type ReactNode } from "react";
import { listenToApi } from "../api/client";
import { ErrorPanel } from "../design";
import { Logo } from "../shell/Logo";
import { addressAfterSignIn, addressOfSignIn, SIGN_IN } from "./addresses";
import styles from "./session.module.css";
import { sessionQuery, useSetSession } from "./session";

const loadApp = () => import("../App");
const App = lazy(loadApp);
const SignInPage = lazy(() => import("./SignInPage"));
// Most who come are signed in.
if (globalThis.location.pathname !== SIGN_IN) void loadApp().catch(() => undefined);

/** Shows the pages to a user who is signed in. Everybody else signs in first, and then sees the page that they wanted. */
export function Entrance() {
  const session = useQuery(sessionQuery);
  const setSession = useSetSession();
  const refetch = session.refetch;
  useEffect(() => {
    listenToApi({ signedOut: () => setSession(null), passwordMustChange: () => void refetch() });
  });
  useLookAtReturn(() => void refetch({ cancelRefetch: false }));
  if (session.data === undefined) return <Splash>{session.isError && <ErrorPanel error={session.error} onRetry={() => void refetch()} />}</Splash>;
  const user = session.data?.user ?? null;
  const isIn = user !== null && !user.must_change_password;
  return (
    <Suspense fallback={<Splash />}>
      <At key={String(isIn)} address={isIn ? addressAfterSignIn : addressOfSignIn}>
        {isIn ? <App /> : <SignInPage user={user} onSoon={() => void loadApp().catch(() => undefined)} />}
      </At>
    </Suspense>
  );
}

/** Looks for the session when somebody comes back to the tab: another tab may have signed in, signed out, or switched the workspace. */
function useLookAtReturn(look: () => void): void {
  const onReturn = useEffectEvent(look);
  useEffect(() => {
    const done = new AbortController();
    globalThis.addEventListener("focus", () => onReturn(), { signal: done.signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && onReturn(), { signal: done.signal });
    // The browser kept the page as it was when the user left it.
    globalThis.addEventListener("pageshow", (event) => event.persisted && globalThis.location.reload(), { signal: done.signal });
    return () => done.abort();
  }, []);
}

/** Runs before anything below it reads the address. */
function At({ address, children }: { readonly address: (now: Location) => string; readonly children: ReactNode }) {
  useLayoutEffect(() => {
    const wanted = address(globalThis.location);
    if (wanted !== here(globalThis.location)) globalThis.history.replaceState(null, "", wanted);
  }, [address]);
  return children;
}

function here({ pathname, search, hash }: Location): string {
  return pathname + search + hash;
}

function Splash({ children }: { readonly children?: ReactNode }) {
  return <main className={styles.splash}>{children || <Logo size={30} label="Interlock is loading" />}</main>;
}
