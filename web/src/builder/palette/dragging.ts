/** The kind of data that a node type is while it is dragged from the palette. */
export const PALETTE_DATA = "application/x-interlock-node-type";
