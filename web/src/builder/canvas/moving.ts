/** While a graph is panned or zoomed it is one layer that is moved as it is; at rest it is drawn sharp again, at its own size. */

const SETTLED_MS = 160;

/** Above so many nodes only those in sight are drawn. Below, coming and going would cost more than it saves. */
export const MANY_NODES = 600;

/** Above so many nodes the background is plain: the dots would be drawn anew with every step of the mouse. */
export const DOTTED_NODES = 120;

let settling: ReturnType<typeof setTimeout> | undefined;

export const moving = {
  onMoveStart: (event: MouseEvent | TouchEvent | null): void => {
    clearTimeout(settling);
    mark(event, true);
  },
  onMoveEnd: (event: MouseEvent | TouchEvent | null): void => {
    clearTimeout(settling);
    settling = setTimeout(() => mark(event, false), SETTLED_MS);
  },
};

/** By the element itself: a state would have the graph drawn anew. */
function mark(event: MouseEvent | TouchEvent | null, isMoving: boolean): void {
  const flow = event?.target instanceof Element ? event.target.closest(".react-flow") : null;
  for (const viewport of (flow ?? document).querySelectorAll<HTMLElement>(".react-flow__viewport")) viewport.style.willChange = isMoving ? "transform" : "";
}
