import { connectionTypeName } from "../builder/definition/connectionRules";
import type { Line } from "./drawn";
import { GOTO } from "./connectionStyle";
import type { Way } from "./paths";
import styles from "./graph.module.css";

/** The text at a line: the capability that it carries, or that it is a jump. A port is named at the node. */
export function textAt(line: Pick<Line, "type">): string {
  return line.type === "MAIN" ? "" : line.type === GOTO ? "goto" : connectionTypeName(line.type);
}

/** The label of a connection, in the middle of its line. */
export function LineLabel({ way, text, colour }: { readonly way: Way; readonly text: string; readonly colour: string }) {
  if (text === "") return null;
  return (
    <text x={way.middle.x} y={way.middle.y} className={styles.label} style={{ fill: colour }}>
      {text}
    </text>
  );
}
