import { useEffect } from "react";
import { useBlocker, type Blocker } from "react-router";
import { isDraftStored } from "./draft/kept";

/** Asks before unsaved changes are lost: with a dialog in the page, or by the browser when the tab is closed. */
export function useGuard(isChanged: () => boolean): Blocker {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (isChanged() && !isDraftStored()) event.preventDefault();
    };
    globalThis.addEventListener("beforeunload", ask);
    return () => globalThis.removeEventListener("beforeunload", ask);
  }, [isChanged]);
  return useBlocker(({ currentLocation, nextLocation }) => currentLocation.pathname !== nextLocation.pathname && isChanged());
}
