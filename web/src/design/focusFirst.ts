/** Focuses the first item of a menu that was opened by a key: the menu itself has no way to know that. */
export function focusFirst(menu: HTMLElement | null): void {
  if (menu === null) return;
  requestAnimationFrame(() => requestAnimationFrame(() => menu.querySelector<HTMLElement>('[role^="menuitem"]:not([data-disabled])')?.focus()));
}
