/** The media type of a node type that is dragged from the palette. */
export const PALETTE_DATA = "application/x-interlock-node-type";
