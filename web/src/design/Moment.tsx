import { useSyncExternalStore } from "react";
import { between, duration, fullTime, relativeTime } from "./time";

/** The time, told again every second to all who show one. */
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

/** How long ago, with the exact time behind it. */
export function Moment({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={fullTime(at)}>
      {relativeTime(at, Math.max(now, Date.parse(at)))}
    </time>
  );
}

/** When something will be. */
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
