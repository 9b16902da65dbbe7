const KEY = "interlock.test-runs-are-real.";

/** Whether a person has read that test runs have real effects. Without a storage it is said each time that a builder is opened. */
export function knowsEffects(user: string): boolean {
  try {
    return localStorage.getItem(KEY + user) === "yes";
  } catch {
    return false;
  }
}

export function noteEffects(user: string): void {
  try {
    localStorage.setItem(KEY + user, "yes");
  } catch {
    // There is no storage.
  }
}
