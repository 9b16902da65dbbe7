import { Play } from "lucide-react";
import { Button } from "../../design";
import { useRefusal } from "../../session/session";
import { isChanged, useBuilder } from "../draft/store";
import { PublishButton } from "../save/PublishButton";
import styles from "../builder.module.css";

interface RunAndSaveProps {
  readonly isSaving: boolean;
  readonly onSave: () => void;
  readonly onRun: () => void;
}

export function RunAndSave({ isSaving, onSave, onRun }: RunAndSaveProps) {
  const base = useBuilder((state) => state.base);
  const canEdit = useBuilder((state) => state.canEdit);
  const changed = useBuilder(isChanged);
  const refusal = useRefusal("workflows.run");
  const cannotRun = refusal ?? (base.workflowId === null && !changed ? "Draw something first." : null);
  return (
    <>
      <Button onClick={onRun} blocked={cannotRun}>
        <Play size={14} aria-hidden="true" />
        <span className={styles.buttonName}>Run</span>
      </Button>
      {canEdit && <PublishButton isSaving={isSaving} onPublish={onSave} />}
    </>
  );
}
