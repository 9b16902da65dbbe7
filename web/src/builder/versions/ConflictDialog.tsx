import { Button, Dialog } from "../../design";
import type { Workflow } from "../../api/types";
import { diffDefinitions } from "../definition/diff";
import { definitionOf, useBuilder } from "../draft/store";
import type { Definition } from "../definition/types";
import { DifferenceView } from "./DifferenceView";
import styles from "./versions.module.css";

export interface Conflict {
  readonly theirs: Workflow;
  readonly definition: Definition;
}

/** Somebody else saved meanwhile: shows their changes and yours, and asks which of the two becomes the next version. */
export function ConflictDialog({ conflict, busy, onLoadTheirs, onKeepMine, onClose }: { readonly conflict: Conflict | null; readonly busy: boolean; readonly onLoadTheirs: () => void; readonly onKeepMine: () => void; readonly onClose: () => void }) {
  const base = useBuilder((state) => state.base);
  const mine = useBuilder(definitionOf);
  if (conflict === null) return null;
  const { theirs, definition } = conflict;
  const who = theirs.version_created_by ?? "Somebody";
  return (
    <Dialog
      open
      onClose={onClose}
      large
      title="Somebody else saved meanwhile"
      description={`${who} saved version ${theirs.version} on ${new Date(theirs.version_created_at).toLocaleString()}; you began with version ${base.version ?? 0}. Nothing of yours is lost.`}
      foot={
        <>
          <Button onClick={onClose}>Back to the canvas</Button>
          <Button onClick={onLoadTheirs}>Load theirs</Button>
          <Button look="primary" busy={busy} onClick={onKeepMine}>
            Keep mine as version {theirs.version + 1}
          </Button>
        </>
      }
    >
      <div className={styles.sides}>
        <div>
          <h3>What {who} changed</h3>
          <DifferenceView difference={diffDefinitions(base.definition, definition)} />
        </div>
        <div>
          <h3>What you changed</h3>
          <DifferenceView difference={diffDefinitions(base.definition, mine)} />
        </div>
      </div>
    </Dialog>
  );
}
