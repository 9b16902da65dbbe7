import { useSyncExternalStore } from "react";
import { between, duration, fullTime, relativeTime } from "./time";

/** The current time. One timer updates all components that show it, every second. */
const clock = {
  now: Date.now(),
  timer: undefined as ReturnType<typeof setInterval> | undefined,
  listeners: new Set<() => void>(),
};

export function useNow(): number {
  return useSyncExternalStore(listen, () => clock.now);
}

function listen(listener: () => void): () => void {
  clock.listeners.add(listener);
  clock.timer ??= setInterval(() => {
    clock.now = Date.now();
    for (const each of clock.listeners) each();
  }, 1_000);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size > 0) return;
    clearInterval(clock.timer);
    clock.timer = undefined;
  };
}

/** How long ago something was, with the exact time in the tooltip. */
export function Moment({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={fullTime(at)}>
      {relativeTime(at, Math.max(now, Date.parse(at)))}
    </time>
  );
}

/** How long until something happens. */
export function Until({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={fullTime(at)}>
      {relativeTime(at, useNow())}
    </time>
  );
}

/** How long it took, or has taken so far. */
export function Took({ from, to }: { readonly from: string; readonly to: string | null }) {
  const now = useNow();
  return <span className="numbers">{duration(between(from, to, now))}</span>;
}
