/** Limits above which a graph is drawn with less, so that it moves smoothly without a graphics processor too. */

/** Above this many nodes only the visible ones are drawn. Below it, adding and removing nodes costs more than drawing all. */
export const MANY_NODES = 600;

/** Above this many nodes a graph is large: no dots behind it (they would be drawn again with each step of the mouse), no arrows while it moves, no text when zoomed out. */
export const LARGE_NODES = 120;

/** Below this zoom a node shows only its icon and its name: nothing else could be read. */
export const FAR_ZOOM = 0.3;
