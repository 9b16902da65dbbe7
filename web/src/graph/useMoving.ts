import { useEffect, useMemo, useRef, useState } from "react";

/** Milliseconds within which two steps of the wheel belong to one movement. */
const STILL_AFTER_MS = 250;
/** The attribute of the root of the page while a graph is being moved. Style sheets and work that can wait look for it. */
const MARK = "data-moving";

/** Whether a graph is being moved now. */
export function isGraphMoving(): boolean {
  return document.documentElement.hasAttribute(MARK);
}

/** Returns whether a graph is being moved, and the handlers that React Flow needs for it. Each step counts, because an end may be reported after the next beginning. A pause between two steps of the wheel is not an end. */
export function useMoving(): { readonly isMoving: boolean; readonly handlers: { readonly onMove: () => void; readonly onMoveEnd: () => void } } {
  const [isMoving, setMoving] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    document.documentElement.toggleAttribute(MARK, isMoving);
    return () => document.documentElement.removeAttribute(MARK);
  }, [isMoving]);
  const handlers = useMemo(
    () => ({
      onMove: () => {
        clearTimeout(timer.current);
        setMoving(true);
      },
      onMoveEnd: () => {
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setMoving(false), STILL_AFTER_MS);
      },
    }),
    [],
  );
  return { isMoving, handlers };
}
