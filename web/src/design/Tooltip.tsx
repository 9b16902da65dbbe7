import { cloneElement, useCallback, useEffect, useId, useLayoutEffect, useRef, useState, type FocusEvent, type PointerEvent, type ReactElement, type ReactNode } from "react";
import { createPortal } from "react-dom";
import styles from "./overlay.module.css";
import { placeBeside, type Side } from "./placeBeside";

/** Milliseconds until it appears, and until it disappears after the pointer has left (it may be on its way onto the text). */
const COMES = 350;
const STAYS = 120;

type Handlers = {
  readonly onPointerEnter?: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerLeave?: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerDown?: (event: PointerEvent<HTMLElement>) => void;
  readonly onFocus?: (event: FocusEvent<HTMLElement>) => void;
  readonly onBlur?: (event: FocusEvent<HTMLElement>) => void;
  readonly "aria-describedby"?: string | undefined;
};

/** A short text beside what it explains, on hover and on focus. */
export function Tooltip({ text, side = "bottom", children }: { readonly text: ReactNode; readonly side?: Side; readonly children: ReactElement<Handlers> }) {
  const id = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const later = useLater();
  if (!text) return children;
  // What the control has opened is more important than the name of the control.
  const show = (next: HTMLElement | null, after = 0) => later(() => setAnchor(next !== null && hasOpened(next) ? null : next), after);
  const own = children.props;
  const handlers: Handlers = {
    onPointerEnter: (event) => {
      own.onPointerEnter?.(event);
      if (event.pointerType !== "touch") show(event.currentTarget, anchor ? 0 : COMES);
    },
    onPointerLeave: (event) => {
      own.onPointerLeave?.(event);
      show(null, STAYS);
    },
    onPointerDown: (event) => {
      own.onPointerDown?.(event);
      show(null);
    },
    onFocus: (event) => {
      own.onFocus?.(event);
      if (event.currentTarget.matches(":focus-visible")) show(event.currentTarget);
    },
    onBlur: (event) => {
      own.onBlur?.(event);
      show(null);
    },
    "aria-describedby": anchor ? id : own["aria-describedby"],
  };
  return (
    <>
      {cloneElement(children, handlers)}
      {anchor && createPortal(<Words id={id} anchor={anchor} side={side} text={text} onStay={() => show(anchor)} onClose={(after) => show(null, after)} />, document.body)}
    </>
  );
}

const hasOpened = (control: HTMLElement): boolean => control.getAttribute("aria-expanded") === "true" && control.getAttribute("aria-haspopup") !== null;

/** Runs something at once or after some milliseconds, and drops what was planned before. */
function useLater(): (act: () => void, after: number) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback((act, after) => {
    clearTimeout(timer.current);
    if (after === 0) act();
    else timer.current = setTimeout(act, after);
  }, []);
}

interface WordsProps {
  readonly id: string;
  readonly anchor: HTMLElement;
  readonly side: Side;
  readonly text: ReactNode;
  readonly onStay: () => void;
  readonly onClose: (after?: number) => void;
}

/** In the top layer, so that it is visible above a dialog too. */
function Words({ id, anchor, side, text, onStay, onClose }: WordsProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const words = ref.current;
    if (!words) return;
    words.showPopover();
    const { left, top } = placeBeside(anchor.getBoundingClientRect(), { width: words.offsetWidth, height: words.offsetHeight }, side, { width: innerWidth, height: innerHeight });
    words.style.left = `${left}px`;
    words.style.top = `${top}px`;
  }, [anchor, side, text]);
  useEffect(() => {
    const close = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || event.key === "Escape") onClose();
    };
    const opened = new MutationObserver(() => hasOpened(anchor) && onClose());
    opened.observe(anchor, { attributeFilter: ["aria-expanded"] });
    globalThis.addEventListener("keydown", close, true);
    globalThis.addEventListener("scroll", close, true);
    return () => {
      opened.disconnect();
      globalThis.removeEventListener("keydown", close, true);
      globalThis.removeEventListener("scroll", close, true);
    };
  });
  return (
    <div ref={ref} id={id} role="tooltip" popover="manual" className={styles.tooltip} onPointerEnter={onStay} onPointerLeave={() => onClose(STAYS)}>
      {text}
    </div>
  );
}
