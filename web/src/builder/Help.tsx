import { Dialog } from "../design";
import { shownKeys } from "./commands/keys";
import { COMMANDS } from "./commands/registry";
import styles from "./builder.module.css";

/** What is done with keys and mouse without a command. */
const OTHERS: readonly (readonly [string, string])[] = [
  ["Tab, Enter", "Go through nodes and connections, select one"],
  ["Arrow keys", "Move what is selected"],
  ["Shift drag, Shift click", "Select several"],
  ["Right click", "All commands for a node, a connection, or the canvas"],
];

/** All commands of the builder, with their keys. */
export function Help({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const rows = [...OTHERS, ...COMMANDS.map(({ keys, title }) => [keys.map(shownKeys).join(", "), title] as const)];
  return (
    <Dialog open={open} onClose={onClose} title="Keys" description="Connections are drawn from a port to a node, or chosen on the tab Connections. The outline shows everything as a list.">
      <dl className={styles.keys}>
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
