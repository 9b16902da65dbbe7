export type Side = "top" | "right" | "bottom" | "left";

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** Pixels between the anchor and the box, and between the box and the edge of the window. */
const GAP = 6;
const EDGE = 8;
const OPPOSITE: Readonly<Record<Side, Side>> = { top: "bottom", bottom: "top", left: "right", right: "left" };

/** Returns where to put a box of this size beside an anchor: on the wanted side, else on the opposite one, and always within the window. */
export function placeBeside(anchor: Box, size: Size, side: Side, frame: Size): { readonly left: number; readonly top: number } {
  const asked = at(anchor, size, side);
  const { left, top } = fits(asked, size, side, frame) ? asked : at(anchor, size, OPPOSITE[side]);
  return { left: within(left, size.width, frame.width), top: within(top, size.height, frame.height) };
}

function at(anchor: Box, size: Size, side: Side): { left: number; top: number } {
  if (side === "top" || side === "bottom") {
    return { left: anchor.left + (anchor.width - size.width) / 2, top: side === "top" ? anchor.top - size.height - GAP : anchor.top + anchor.height + GAP };
  }
  return { left: side === "left" ? anchor.left - size.width - GAP : anchor.left + anchor.width + GAP, top: anchor.top + (anchor.height - size.height) / 2 };
}

function fits(place: { left: number; top: number }, size: Size, side: Side, frame: Size): boolean {
  if (side === "top") return place.top >= EDGE;
  if (side === "bottom") return place.top + size.height <= frame.height - EDGE;
  if (side === "left") return place.left >= EDGE;
  return place.left + size.width <= frame.width - EDGE;
}

function within(start: number, length: number, frame: number): number {
  return Math.round(Math.max(EDGE, Math.min(start, frame - EDGE - length)));
}
