import { lazy, Suspense } from "react";
import { useBuilder } from "../draft/store";
import { ErrorButton } from "../errors/ErrorButton";
import { MoreMenu } from "./MoreMenu";
import { RunAndSave } from "./RunAndSave";
import { UndoRedo } from "./UndoRedo";
import { ViewChoice } from "./ViewChoice";
import { WorkflowName } from "./WorkflowName";
import styles from "../builder.module.css";

const Presence = lazy(() => import("../save/Presence"));

interface ToolbarProps {
  readonly isSaving: boolean;
  readonly onSave: () => void;
  readonly onRun: () => void;
  readonly onMerge: () => void;
}

/** The name, the choice of the view, and the actions on the whole workflow. */
export function Toolbar({ onMerge, ...props }: ToolbarProps) {
  const workflowId = useBuilder((state) => state.base.workflowId);
  const canEdit = useBuilder((state) => state.canEdit);
  return (
    <header className={styles.toolbar}>
      <WorkflowName />
      <div className={styles.tools}>
        {canEdit && workflowId !== null && (
          <Suspense fallback={null}>
            <Presence workflowId={workflowId} onMerge={onMerge} />
          </Suspense>
        )}
        <span className={styles.wideOnly}>
          <ErrorButton />
        </span>
        {canEdit && <UndoRedo />}
        <ViewChoice />
        <MoreMenu />
        <RunAndSave {...props} />
      </div>
    </header>
  );
}
