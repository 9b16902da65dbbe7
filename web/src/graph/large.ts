/** What a large graph is drawn without, so that it moves smoothly also where no graphics processor helps. */

/** Above so many nodes only those in sight are drawn. Below, their coming and going costs more than drawing all. */
export const MANY_NODES = 600;

/** Above so many nodes a graph is large: no dots behind it, which would be drawn anew with every step of the mouse, no arrows while it moves, no words from afar. */
export const LARGE_NODES = 120;

/** Below this zoom nodes are a sign and a name: what else they have could not be seen. */
export const FAR_ZOOM = 0.3;
