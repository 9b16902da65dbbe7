/** Gathers what comes in quickly, so that a thousand items a second are taken a few times. `wait` says how many milliseconds the first of a batch waits at most. */
export function batched<Item>(take: (items: readonly Item[]) => void, wait: () => number) {
  let waiting: Item[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const items = waiting;
    waiting = [];
    take(items);
  };
  return {
    add: (items: readonly Item[]) => {
      waiting.push(...items);
      timer ??= setTimeout(flush, wait());
    },
    stop: () => clearTimeout(timer),
  };
}
