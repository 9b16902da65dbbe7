import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
const KEY = "interlock.theme";
const listeners = new Set<() => void>();

/** The chosen colours; `public/theme.js` sets them before the first paint. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(listen, current);
  return [theme, choose];
}

/** Whether the colours are dark now, by choice or by the system: for drawings that do not follow by themselves. */
export function useIsDark(): boolean {
  const [theme] = useTheme();
  const isSystemDark = useSyncExternalStore(listenToSystem, () => globalThis.matchMedia(DARK).matches);
  return theme === "system" ? isSystemDark : theme === "dark";
}

const DARK = "(prefers-color-scheme: dark)";

function listenToSystem(listener: () => void): () => void {
  const query = globalThis.matchMedia(DARK);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

function current(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function choose(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // There is no storage: the choice lasts as long as this page.
  }
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
