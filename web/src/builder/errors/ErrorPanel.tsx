import { X } from "lucide-react";
import { IconButton } from "../../design";
import { isNarrow, useView, useViewStore } from "../view/viewStore";
import { ErrorList } from "./ErrorList";
import styles from "../builder.module.css";

/** The list of errors below the canvas, while it is open. */
export function ErrorPanel() {
  const view = useViewStore();
  const isOpen = useView((state) => state.showsErrors);
  if (!isOpen) return null;
  return (
    <section className={styles.errors} aria-label="Errors">
      <header>
        <h2>Errors and warnings</h2>
        <IconButton small label="Close the list" onClick={() => view.set({ showsErrors: false })}>
          <X size={14} />
        </IconButton>
      </header>
      <ErrorList
        onGo={() => {
          if (isNarrow()) view.set({ showsErrors: false, sheet: true });
          else view.set({ showsSettings: true, dismissed: null });
        }}
      />
    </section>
  );
}
