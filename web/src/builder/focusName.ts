/** Milliseconds in which the form is loaded and shown, at most. */
const PATIENCE_MS = 3_000;

/** Focuses the name in the visible one of the two inspectors, beside the canvas or in the sheet on a phone, as soon as it is there. */
export function focusName(): void {
  const until = performance.now() + PATIENCE_MS;
  const look = () => {
    const field = [...document.querySelectorAll<HTMLInputElement>('[data-place="/name"]')].find((item) => item.checkVisibility());
    if (field !== undefined) {
      field.focus();
      field.select();
    } else if (performance.now() < until) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
