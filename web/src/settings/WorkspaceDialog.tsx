import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import { ProblemError } from "../api/problem";
import type { Workspace } from "../api/types";
import { Button, Dialog, ErrorPanel, Field } from "../design";
import { FIRST_WORKSPACE } from "../shell/navigation";
import { LIMITS, readLimit, typedLimit, type Limit } from "./limits";
import styles from "./settings.module.css";

interface Props {
  /** The workspace to change; null for a new one. */
  readonly workspace: Workspace | null;
  readonly onClose: () => void;
  readonly onSaved: (workspace: Workspace) => void;
}

/** Makes a workspace, or changes its name and its limits. A limit that is empty does not exist. */
export function WorkspaceDialog({ workspace, onClose, onSaved }: Props) {
  const [name, setName] = useState(workspace?.name ?? "");
  const before = workspace ? LIMITS.map((limit) => ({ limit, text: typedLimit(workspace, limit) })) : [];
  const [typed, setTyped] = useState<readonly string[]>(before.map(({ text }) => text));
  const limits = before.map(({ limit, text }, at) => ({ ...limit, isChanged: typed[at] !== text, value: readLimit(typed[at] ?? "", limit) }));
  const wrong = limits.filter(({ isChanged, value }) => isChanged && value === undefined);
  const save = useMutation({
    mutationFn: () => {
      if (!workspace) return answer(api.POST("/api/v1/workspaces", { body: { name: name.trim() } }));
      const changed = limits.filter(({ isChanged }) => isChanged).map((limit) => [limit.name, limit.value] as const);
      const body = { ...(name.trim() !== workspace.name && { name: name.trim() }), ...Object.fromEntries(changed) };
      return answer(api.PATCH("/api/v1/workspaces/{workspace_id}", { params: { path: { workspace_id: workspace.id } }, body }));
    },
    onSuccess: onSaved,
  });
  const problem = save.error instanceof ProblemError ? save.error : null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={workspace ? `Change ${workspace.name}` : "Make a workspace"}
      onSubmit={() => save.mutate()}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending} blocked={wrong.length > 0 ? "Correct the limits first" : null}>
            {workspace ? "Save" : "Make workspace"}
          </Button>
        </>
      }
    >
      {workspace?.id !== FIRST_WORKSPACE && (
        <Field label="Name" help="Lower-case letters, digits, - and _." autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} error={problem?.errorOf("name")} />
      )}
      {workspace && (
        <div className={styles.pair}>
          {limits.map((limit, at) => (
            <Field
              key={limit.name}
              label={limit.label}
              help={limit.help}
              placeholder={limit.without}
              inputMode={limit.isBytes ? "text" : "numeric"}
              autoComplete="off"
              value={typed[at]}
              onChange={(event) => setTyped(typed.map((text, index) => (index === at ? event.target.value : text)))}
              error={wrong.includes(limit) ? howToWrite(limit) : problem?.errorOf(limit.name)}
            />
          ))}
        </div>
      )}
      {save.error && problem?.code !== "IL054" && <ErrorPanel error={save.error} />}
    </Dialog>
  );
}

function howToWrite({ isBytes }: Limit): string {
  return isBytes ? "Write it as 5 GB, or nothing" : "Write a whole number from 1, or nothing";
}
