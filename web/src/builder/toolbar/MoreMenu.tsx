import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Copy, Ellipsis, FileDown, FileUp, History, Keyboard, ListTree, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, done } from "../../api/client";
import { ConfirmDialog, IconButton, Menu, MenuItem, MenuLink, MenuSeparator, useToasts } from "../../design";
import { chooseFile } from "../chooseFile";
import { writeJson } from "../../json/writeJson";
import type { Syntax } from "../definition/text";
import { change, definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useViewStore } from "../view/viewStore";

/** Loaded on demand, because the reader and writer of YAML is large. */
const loadFiles = () => import("../files");

/** The actions on the whole workflow that are needed less often. */
export function MoreMenu() {
  const store = useBuilderStore();
  const view = useViewStore();
  const navigate = useNavigate();
  const toasts = useToasts();
  const client = useQueryClient();
  const definition = useBuilder(definitionOf);
  const base = useBuilder((state) => state.base);
  const canEdit = useBuilder((state) => state.canEdit);
  const [deleting, setDeleting] = useState(false);
  const remove = useMutation({
    mutationFn: () => done(api.DELETE("/api/v1/workflows/{workflow}", { params: { path: { workflow: base.workflowId ?? "" } } })),
    onSuccess: () => {
      store.set({ base: { ...base, definition: definitionOf(store.get()) } });
      void client.invalidateQueries({ queryKey: ["workflows"] });
      toasts.succeeded(`${base.definition.name} deleted`);
      void navigate("/workflows");
    },
    onError: (error) => toasts.failed("Not deleted", error),
  });
  const importIt = async () => {
    const file = await chooseFile();
    if (file === null) return;
    const { importFile, isAsExported, isTextProblem } = await loadFiles();
    const read = await importFile(file);
    if (isTextProblem(read)) toasts.failed("Not imported", read.problem);
    else change(store, read.definition, { source: isAsExported(read, store.get().base) ? (store.get().base.source ?? null) : read.source, say: `${file.name} is on the canvas.` });
  };
  const exportIt = (syntax: Syntax) => void loadFiles().then(({ exportFile }) => exportFile(definition, store.get().history.now.source, syntax));
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More">
            <Ellipsis size={16} />
          </IconButton>
        }
      >
        {base.workflowId !== null && (
          <MenuItem icon={<History size={14} />} onSelect={() => view.set({ dialog: "versions" })}>
            Versions
          </MenuItem>
        )}
        {base.workflowId !== null && (
          <MenuLink icon={<ListTree size={14} />} to={`/executions?workflow=${encodeURIComponent(base.definition.name)}`}>
            Executions
          </MenuLink>
        )}
        <MenuItem icon={<Keyboard size={14} />} onSelect={() => view.set({ dialog: "help" })}>
          Keys
        </MenuItem>
        <MenuSeparator />
        {canEdit && (
          <MenuItem icon={<FileUp size={14} />} onSelect={() => void importIt()}>
            Import a file
          </MenuItem>
        )}
        <MenuItem icon={<FileDown size={14} />} onSelect={() => exportIt("yaml")}>
          Export as YAML
        </MenuItem>
        <MenuItem icon={<FileDown size={14} />} onSelect={() => exportIt("json")}>
          Export as JSON
        </MenuItem>
        {canEdit && (
          <>
            <MenuSeparator />
            <MenuItem icon={<Copy size={14} />} onSelect={() => void navigate("/workflows/new", { state: { definition: writeJson({ ...definition, name: `${definition.name} copy`.slice(0, 100) }) } })}>
              Duplicate the workflow
            </MenuItem>
            {base.workflowId !== null && (
              <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => setDeleting(true)}>
                Delete the workflow
              </MenuItem>
            )}
          </>
        )}
      </Menu>
      <ConfirmDialog
        open={deleting}
        title={`Delete ${base.definition.name}?`}
        description="It can no longer be started and is no longer listed. Its executions go on and stay readable."
        action="Delete"
        danger
        busy={remove.isPending}
        onClose={() => setDeleting(false)}
        onSubmit={() => remove.mutate()}
      />
    </>
  );
}
