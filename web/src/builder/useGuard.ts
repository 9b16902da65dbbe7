import { useEffect } from "react";
import { useBlocker, type Blocker } from "react-router";

/** Asks before changes are lost that are kept nowhere: with a dialog in the page, or by the browser when the tab is closed. */
export function useGuard(isLost: () => boolean): Blocker {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (isLost()) event.preventDefault();
    };
    globalThis.addEventListener("beforeunload", ask);
    return () => globalThis.removeEventListener("beforeunload", ask);
  }, [isLost]);
  return useBlocker(({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && isLost());
}
