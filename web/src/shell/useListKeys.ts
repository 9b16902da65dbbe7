import { useEffect, useState } from "react";
import { singleKeysAreOn } from "./singleKeys";

const ROWS = "#main [data-row]";
const FILTER = "#main [data-filter]";

/** Keys of every list: j and k go through its rows, Enter opens one, / goes to the filter, ? shows all keys. A user can switch them off. */
export function useListKeys(): { readonly showsKeys: boolean; readonly hideKeys: () => void } {
  const [showsKeys, setShowsKeys] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isFree(event)) return;
      if (event.key === "?") setShowsKeys(true);
      else if (event.key === "/") focusOn(document.querySelector(FILTER));
      else if (event.key === "j") focusOn(rowAt(1));
      else if (event.key === "k") focusOn(rowAt(-1));
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return { showsKeys, hideKeys: () => setShowsKeys(false) };
}

/** Whether a key is meant for the list: not typed into a field, not for the browser, and not behind a dialog or a menu. */
function isFree(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !singleKeysAreOn()) return false;
  if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], [role=menu], .react-flow")) return false;
  return document.querySelector("dialog[open]") === null;
}

/** Returns the row that is this many after the focused one; without a focused row the first. */
function rowAt(step: 1 | -1): Element | null {
  const rows = [...document.querySelectorAll(ROWS)];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  return (at < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, at + step))]) ?? null;
}

function focusOn(element: Element | null): void {
  if (!(element instanceof HTMLElement)) return;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}
