import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { cx } from "../../design";
import picture from "../../graph/graph.module.css";
import { renameGroup } from "../draft/drawing";
import { useBuilder, useBuilderStore } from "../draft/store";
import type { FrameNode } from "./flow";
import styles from "./canvas.module.css";

/** The frame of a group, with its name. Dragging it moves its nodes. */
export const FrameView = memo(function FrameView({ data }: NodeProps<FrameNode>) {
  const store = useBuilderStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const { id, name } = data.frame;
  return (
    <div className={picture.frame}>
      <input
        className={cx(styles.frameName, "nodrag")}
        aria-label="Name of the group"
        value={name}
        maxLength={200}
        readOnly={!canEdit}
        onChange={(event) => renameGroup(store, id, event.target.value)}
        onKeyDown={(event) => event.stopPropagation()}
      />
    </div>
  );
});
