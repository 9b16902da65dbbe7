/** Returns a slot. */
export type Release = () => void;

/**
 * Over HTTP/1.1 a browser has six connections to a server, for all its tabs together, and an event stream holds one of them for as long as it is open.
 * This many tabs have a stream at the same time, so that connections remain for everything else.
 */
const SLOTS = 3;

/** Takes one of the slots that all tabs share; null if all are taken. The slot of a tab that is closed or dies is free again by itself. */
export async function takeSlot(): Promise<Release | null> {
  // Only secure pages have locks. Without locks only the visible tabs hold a stream (`attention.ts`).
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
  if (!locks) return () => undefined;
  for (let number = 0; number < SLOTS; number++) {
    const release = await held(locks, `interlock.stream.${number}`);
    if (release) return release;
  }
  return null;
}

function held(locks: LockManager, name: string): Promise<Release | null> {
  return new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (lock !== null) return new Promise<void>((release) => resolve(() => release()));
        resolve(null);
        return undefined;
      })
      .catch(reject);
  });
}
