/** Collects items that arrive quickly, so that a thousand items a second are handled in a few batches. `wait` returns how many milliseconds the first item of a batch waits at most. */
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
