import { isRouteErrorResponse, useRouteError } from "react-router";
import { ButtonLink, EmptyState, ErrorPanel } from "../design";
import { Compass } from "lucide-react";
import { TabTitle } from "./TabTitle";

/** Shown instead of a page that could not be shown at all. */
export function RouteError() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <main style={{ padding: 24, maxWidth: 720, margin: "10vh auto 0" }}>
      <ErrorPanel error={error} title="This page could not be shown" onRetry={() => globalThis.location.reload()} />
    </main>
  );
}

export function NotFound() {
  return (
    <>
      <TabTitle of="Not found" />
      <EmptyState icon={Compass} title="There is no such page" actions={<ButtonLink to="/">Overview</ButtonLink>}>
        The address may be mistyped, or what was here is gone.
      </EmptyState>
    </>
  );
}
