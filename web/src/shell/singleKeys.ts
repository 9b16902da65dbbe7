const KEY = "interlock.single-keys";

/** Whether single letters are commands. A user who speaks to the computer, or hits keys by mistake, switches them off. */
export function singleKeysAreOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function setSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // There is no storage: they stay on.
  }
}
