import { Redo2, Undo2 } from "lucide-react";
import { IconButton } from "../../design";
import { stepBack, stepForth, useBuilder, useBuilderStore } from "../draft/store";
import styles from "../builder.module.css";

export function UndoRedo() {
  const store = useBuilderStore();
  const canUndo = useBuilder((state) => state.history.past.length > 0);
  const canRedo = useBuilder((state) => state.history.future.length > 0);
  return (
    <span className={styles.pair}>
      <IconButton label="Undo" aria-disabled={!canUndo} onClick={() => stepBack(store)}>
        <Undo2 size={16} />
      </IconButton>
      <IconButton label="Redo" aria-disabled={!canRedo} onClick={() => stepForth(store)}>
        <Redo2 size={16} />
      </IconButton>
    </span>
  );
}
