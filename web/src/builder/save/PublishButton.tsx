import { ChevronDown, MessageSquareText, Undo2, Upload } from "lucide-react";
import { Button, IconButton, Menu, MenuItem } from "../../design";
import { brokenText, change, isChanged, useBuilder, useBuilderStore } from "../draft/store";
import { useViewStore } from "../view/viewStore";
import buttons from "../builder.module.css";
import { keepingBeside } from "./keepingState";
import styles from "./save.module.css";

/** Publishes the draft as a version, with a note if the user wants; or discards the draft. */
export function PublishButton({ isSaving, onPublish }: { readonly isSaving: boolean; readonly onPublish: () => void }) {
  const store = useBuilderStore();
  const view = useViewStore();
  const changed = useBuilder(isChanged);
  const isBroken = useBuilder(brokenText) !== null;
  const isNew = useBuilder((state) => state.base.workflowId === null);
  const blocked = isBroken ? "The text cannot be read. Fix it first." : !changed ? "Nothing has changed." : null;
  const discard = () => {
    store.set({ broken: null });
    const { definition, source } = store.get().base;
    change(store, definition, { did: "discard the draft", say: "Draft discarded.", source: source ?? null });
    keepingBeside(store).keeper?.flush(false);
  };
  return (
    <span className={styles.pair}>
      <Button look="primary" busy={isSaving} blocked={blocked} onClick={onPublish}>
        <Upload size={14} aria-hidden="true" />
        <span className={buttons.buttonName}>Publish</span>
      </Button>
      <Menu
        trigger={
          <IconButton label="Note or discard" blocked={changed || isBroken ? null : "Nothing has changed."}>
            <ChevronDown size={14} />
          </IconButton>
        }
      >
        <MenuItem icon={<MessageSquareText size={14} />} onSelect={() => view.set({ dialog: "publish" })}>
          With a note
        </MenuItem>
        <MenuItem danger icon={<Undo2 size={14} />} onSelect={discard}>
          {isNew ? "Discard the draft" : "Discard the draft, back to the published version"}
        </MenuItem>
      </Menu>
    </span>
  );
}
