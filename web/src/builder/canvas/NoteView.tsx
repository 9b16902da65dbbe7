import type { NodeProps } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { cx } from "../../design";
import { NoteText } from "../../graph/NoteText";
import picture from "../../graph/graph.module.css";
import { writeNote } from "../draft/drawing";
import { useBuilder, useBuilderStore } from "../draft/store";
import { useView, useViewStore } from "../view/viewStore";
import type { NoteNode } from "./flow";
import styles from "./canvas.module.css";

/** A note. A double click, or F2, writes in it. */
export const NoteView = memo(function NoteView({ data, selected }: NodeProps<NoteNode>) {
  const store = useBuilderStore();
  const view = useViewStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const isWritten = useView((state) => state.writing === data.note.id) && canEdit;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (isWritten) field.current?.focus();
  }, [isWritten]);
  const end = () => view.set({ writing: null });
  return (
    <div className={cx(picture.note, selected && styles.selectedNote)}>
      {isWritten ? (
        <textarea
          ref={field}
          className={cx(styles.noteField, "nodrag nowheel")}
          aria-label="Text of the note"
          maxLength={10_000}
          rows={Math.max(4, data.note.text.split("\n").length + 1)}
          value={data.note.text}
          onChange={(event) => writeNote(store, data.note.id, event.target.value)}
          onBlur={end}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === "Escape") end();
          }}
        />
      ) : data.note.text.trim() === "" ? (
        <span className={styles.emptyNote}>{canEdit ? "Double click to write" : "An empty note"}</span>
      ) : (
        <NoteText text={data.note.text} />
      )}
    </div>
  );
});
