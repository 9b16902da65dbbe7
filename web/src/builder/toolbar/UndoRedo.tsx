import { Redo2, Undo2 } from "lucide-react";
import { IconButton } from "../../design";
import { redoable, stepBack, stepForth, undoable, useBuilder, useBuilderStore } from "../draft/store";
import styles from "../builder.module.css";

const named = (what: string, did: string): string => (did === "" ? what : `${what}: ${did}`);

/** Both name the step that they are about. */
export function UndoRedo() {
  const store = useBuilderStore();
  const undo = useBuilder(undoable);
  const redo = useBuilder(redoable);
  return (
    <span className={styles.pair}>
      <IconButton label={named("Undo", undo)} aria-disabled={undo === ""} onClick={() => stepBack(store)}>
        <Undo2 size={16} />
      </IconButton>
      <IconButton label={named("Redo", redo)} aria-disabled={redo === ""} onClick={() => stepForth(store)}>
        <Redo2 size={16} />
      </IconButton>
    </span>
  );
}
