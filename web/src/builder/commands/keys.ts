/** Keys as text: `ctrl shift z`. */

type Pressed = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** Returns the name of the keys that are pressed. Shift counts with letters and named keys; a sign such as ? needs it anyway on some keyboards. */
export function nameOfKeys(event: Pressed): string {
  const letter = event.altKey && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : event.key; // with Alt some systems write another sign
  const key = letter.toLowerCase();
  const counts = key.length > 1 || key.toUpperCase() !== key;
  return [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey ? "alt" : "", event.shiftKey && counts ? "shift" : "", key].filter(Boolean).join(" ");
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["arrowleft", "←"],
  ["arrowright", "→"],
  ["arrowup", "↑"],
  ["arrowdown", "↓"],
  ["escape", "Esc"],
]);

/** Returns keys as people read them: `Ctrl Shift Z`. */
export function shownKeys(keys: string): string {
  return keys
    .split(" ")
    .map((key) => NAMES.get(key) ?? key.charAt(0).toUpperCase() + key.slice(1))
    .join(" ");
}

/** Whether the keys are one sign alone, which a user can switch off. */
export function isSingleKey(keys: string): boolean {
  return keys.replace(/^shift /, "").length === 1;
}
