import { ChevronsUpDown } from "lucide-react";
import { useState } from "react";
import { answer, api, takeSession } from "../api/client";
import { Menu, MenuChoices, MenuLabel, useToasts } from "../design";
import { useSession } from "../session/session";
import { chooseWorkspace } from "./moving";
import styles from "./shell.module.css";

/** Shows the workspace, and switches to another one. */
export default function WorkspaceSwitch() {
  const { workspace, workspaces } = useSession();
  const toasts = useToasts();
  const [isSwitching, setSwitching] = useState(false);
  const switchTo = (id: string) => {
    setSwitching(true);
    chooseWorkspace(Number(id));
    answer(api.PUT("/api/v1/session/workspace", { body: { workspace_id: Number(id) } }))
      .then(takeSession)
      .catch((error: unknown) => {
        setSwitching(false);
        chooseWorkspace(null);
        toasts.failed("Not switched", error);
      });
  };
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.switch} aria-busy={isSwitching || undefined}>
          <span className="visually-hidden">Workspace</span>
          <b>{workspace.name}</b>
          <ChevronsUpDown size={13} aria-hidden="true" />
        </button>
      }
    >
      <MenuLabel>Workspace</MenuLabel>
      <MenuChoices label="Workspace" value={String(workspace.id)} choices={workspaces.map(({ id, name, role }) => ({ value: String(id), label: name, about: role }))} onChoose={switchTo} />
    </Menu>
  );
}
