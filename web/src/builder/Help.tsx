import { Dialog } from "../design";
import styles from "./builder.module.css";

const KEYS: readonly (readonly [string, string])[] = [
  ["N", "Add a node after the selected one"],
  ["Tab, Enter", "Go through nodes and connections, select one"],
  ["Arrow keys", "Move what is selected"],
  ["Delete", "Delete what is selected"],
  ["Ctrl Z, Ctrl Shift Z", "Undo, redo"],
  ["Ctrl C, Ctrl X, Ctrl V", "Copy, cut, paste nodes, also into another tab"],
  ["Ctrl D", "Duplicate"],
  ["Ctrl A, Escape", "Select all, nothing"],
  ["Shift drag, Shift click", "Select several"],
  ["Shift L", "Lay out anew"],
  ["Ctrl S", "Save as a new version"],
  ["?", "This list"],
];

export function Help({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keys" description="Connections are drawn from a port to a node, or chosen on the tab Connections. The outline shows everything as a list.">
      <dl className={styles.keys}>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
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
