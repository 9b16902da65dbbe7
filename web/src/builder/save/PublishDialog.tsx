import { useState } from "react";
import { Button, Dialog, Field } from "../../design";
import { diffDefinitions } from "../definition/diff";
import { definitionOf, useBuilder } from "../draft/store";
import { DifferenceView } from "../versions/DifferenceView";
import styles from "./save.module.css";

const NOTE_CHARACTERS = 500;

interface PublishDialogProps {
  readonly open: boolean;
  readonly busy: boolean;
  readonly onClose: () => void;
  readonly onPublish: (note: string) => void;
}

/** Shows what a new version changes, and takes a note about it. */
export default function PublishDialog({ open, busy, onClose, onPublish }: PublishDialogProps) {
  const [note, setNote] = useState("");
  const base = useBuilder((state) => state.base);
  const mine = useBuilder(definitionOf);
  const publish = () => {
    onPublish(note.trim());
    setNote("");
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={base.version === null ? "Publish the workflow" : "Publish a new version"}
      description="Executions that start from now on use it. Executions that run stay on their version."
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={busy} onClick={publish}>
            Publish
          </Button>
        </>
      }
    >
      <form
        className={styles.note}
        onSubmit={(event) => {
          event.preventDefault();
          publish();
        }}
      >
        <Field label="Note" help="Optional. The list of versions shows it." value={note} maxLength={NOTE_CHARACTERS} onChange={(event) => setNote(event.target.value)} />
        {base.version !== null && (
          <div>
            <h3>What you changed since version {base.version}</h3>
            <DifferenceView difference={diffDefinitions(base.definition, mine)} />
          </div>
        )}
      </form>
    </Dialog>
  );
}
