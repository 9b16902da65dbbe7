/** What is under the pointer. */

import type { NodeId } from "../definition/types";

export function pointOf(event: MouseEvent | TouchEvent): { x: number; y: number } {
  const touch = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: touch?.clientX ?? 0, y: touch?.clientY ?? 0 };
}

/** Returns the node under a point of the screen, and the handle if there is one. */
export function under(point: { x: number; y: number }): { node: NodeId; handle: string | null } | null {
  for (const element of document.elementsFromPoint(point.x, point.y)) {
    const node = element.closest<HTMLElement>(".react-flow__node")?.dataset.id;
    if (node !== undefined) return { node, handle: element.closest<HTMLElement>(".react-flow__handle")?.dataset.handleid ?? null };
  }
  return null;
}

export function isPane(point: { x: number; y: number }): boolean {
  return document.elementFromPoint(point.x, point.y)?.closest(".react-flow__pane, .react-flow__background, .react-flow__edges") != null;
}
