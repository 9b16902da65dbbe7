import { useEffect } from "react";
import { useBlocker, type Blocker } from "react-router";

/** Asks before unsaved changes are left behind: in the page by a dialog, when the tab is closed by the browser. */
export function useGuard(isChanged: () => boolean): Blocker {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (isChanged()) event.preventDefault();
    };
    globalThis.addEventListener("beforeunload", ask);
    return () => globalThis.removeEventListener("beforeunload", ask);
  }, [isChanged]);
  return useBlocker(({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && isChanged());
}
