import { useRefusal } from "../../session/session";
import { isChanged, useBuilder } from "../draft/store";
import styles from "../builder.module.css";

/** Says which version is shown and whether it was changed. */
export function SaveState() {
  const base = useBuilder((state) => state.base);
  const canEdit = useBuilder((state) => state.canEdit);
  const changed = useBuilder(isChanged);
  const refusal = useRefusal("workflows.write");
  return (
    <span className={styles.state} data-testid="save-state" title={refusal ?? undefined}>
      {!canEdit ? (
        <>
          read only<span className={styles.wideOnly}>: {refusal}</span>
        </>
      ) : base.version === null ? "not published yet" : changed ? `changed since version ${base.version}` : `version ${base.version}`}
    </span>
  );
}
