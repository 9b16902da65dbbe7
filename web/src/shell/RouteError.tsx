import { useRouteError } from "react-router";
import { ErrorPanel } from "../design";

/** Shown instead of a page that could not be shown at all. */
export function RouteError() {
  const error = useRouteError();
  return (
    <main style={{ padding: 24, maxWidth: 720, margin: "10vh auto 0" }}>
      <ErrorPanel error={error} title="This page could not be shown" onRetry={() => globalThis.location.reload()} />
    </main>
  );
}
