import { useState } from "react";
import { Checkbox, Dialog } from "../design";
import { setSingleKeys, singleKeysAreOn } from "./singleKeys";
import styles from "./shell.module.css";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl K", "Go to a page, a workflow, or an execution by its id"],
  ["j  k", "Next and previous row of a list"],
  ["Enter", "Open the row"],
  ["/", "Filter the list"],
  ["?", "This list"],
];

/** The keys that work on every page. The builder has more, and its own list of them. */
export default function Keys({ onClose }: { readonly onClose: () => void }) {
  const [on, setOn] = useState(singleKeysAreOn);
  return (
    <Dialog open onClose={onClose} title="Keys">
      <dl className={styles.keys}>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd className={styles.kbd}>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Checkbox
        label="Single letters are commands"
        help="Off, only Ctrl K is left: for speech input, or against keys that are hit by mistake."
        checked={on}
        onChange={(event) => {
          setOn(event.target.checked);
          setSingleKeys(event.target.checked);
        }}
      />
    </Dialog>
  );
}
