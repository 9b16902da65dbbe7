import { useEffect, useMemo, useRef, useState } from "react";

/** The wheel's steps follow one another within this time. */
const STILL_AFTER_MS = 250;
/** Stands at the root of the page while a graph is being moved. Style sheets and whatever can wait meanwhile look for it. */
const MARK = "data-moving";

/** Whether a graph is being moved just now. */
export function isGraphMoving(): boolean {
  return document.documentElement.hasAttribute(MARK);
}

/** Whether a graph is being moved, and what React Flow has to tell for it: each step, as an end may be told after the next beginning. A pause between two steps of the wheel is no end. */
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
