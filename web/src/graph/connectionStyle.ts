/** How a connection is drawn by its type and its port. */

import { colourOf, lookOf } from "./connectionLooks";

/** The jump of a GOTO is drawn as a connection, too. */
export const GOTO = "GOTO";

export interface ConnectionStyle {
  readonly stroke: string;
  readonly strokeDasharray: string;
}

export function connectionStyle(type: string, port: string): ConnectionStyle {
  if (type === GOTO) return { stroke: "var(--edge)", strokeDasharray: "3 5" };
  if (type !== "MAIN") return { stroke: colourOf(type), strokeDasharray: lookOf(type).dash };
  return port === "error" ? { stroke: "var(--failed)", strokeDasharray: "5 4" } : { stroke: colourOf(type), strokeDasharray: "none" };
}
