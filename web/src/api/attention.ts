/** How long a tab may be hidden before it closes its stream: switching to another tab and back does not open a new one. */
const GRACE = 5_000;

const page = globalThis.document as Document | undefined;
const isShown = () => page?.visibilityState !== "hidden";

/** Resolves when the tab is visible. */
export function untilShown(signal: AbortSignal): Promise<void> {
  if (isShown() || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = new AbortController();
    const look = () => {
      if (!isShown() && !signal.aborted) return;
      done.abort();
      resolve();
    };
    page?.addEventListener("visibilitychange", look, { signal: done.signal });
    signal.addEventListener("abort", look, { signal: done.signal });
  });
}

/** A signal that aborts together with another one, and when the tab has been hidden for a while. */
export function whileShown(outer: AbortSignal): { readonly signal: AbortSignal; readonly stop: () => void } {
  const hidden = new AbortController();
  const done = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (!isShown()) timer = setTimeout(() => hidden.abort(), GRACE);
  };
  page?.addEventListener("visibilitychange", look, { signal: done.signal });
  return {
    signal: AbortSignal.any([outer, hidden.signal]),
    stop: () => {
      clearTimeout(timer);
      done.abort();
    },
  };
}
