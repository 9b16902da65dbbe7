import { Link } from "react-router";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { select } from "../draft/actions";
import { focusName } from "../focusName";
import { isNarrow, useViewStore } from "../view/viewStore";
import { DraftState } from "../save/DraftState";
import { SaveState } from "./SaveState";
import styles from "../builder.module.css";

/** The way back to the list, and the name, which a click renames. */
export function WorkflowName() {
  const store = useBuilderStore();
  const view = useViewStore();
  const name = useBuilder(definitionOf).name;
  const canEdit = useBuilder((state) => state.canEdit);
  const rename = () => {
    select(store, []);
    view.set({ showsSettings: true, dismissed: null, ...(isNarrow() ? { sheet: true } : {}) });
    focusName();
  };
  return (
    <div className={styles.name}>
      <Link to="/workflows">Workflows</Link>
      <span aria-hidden="true">/</span>
      <h1>
        {canEdit ? (
          <button type="button" className={styles.rename} title="Rename" onClick={rename}>
            {name || "New workflow"}
          </button>
        ) : (
          name
        )}
      </h1>
      <SaveState />
      <DraftState />
    </div>
  );
}
