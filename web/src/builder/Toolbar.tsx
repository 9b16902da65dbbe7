import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Code, Copy, Ellipsis, FileDown, FileUp, History, Keyboard, ListTree, Play, Redo2, Save, Trash2, Undo2, Workflow } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { api, done } from "../api/client";
import { Button, ConfirmDialog, IconButton, Menu, MenuItem, MenuLink, MenuSeparator, Segments, useToasts } from "../design";
import { useRefusal } from "../session/session";
import { brokenText, change, definitionOf, isChanged, stepBack, stepForth, useBuilder, useBuilderStore } from "./draft/store";
import { chooseFile } from "./chooseFile";
import type { Syntax } from "./definition/text";
import styles from "./builder.module.css";

/** Loaded on demand, because the reader and writer of YAML is large. */
const loadFiles = () => import("./files");

export type View = "canvas" | "outline" | "text";

const VIEWS = [
  { value: "canvas", icon: Workflow, label: "Canvas" },
  { value: "outline", icon: ListTree, label: "Outline" },
  { value: "text", icon: Code, label: "Text" },
] as const;

interface ToolbarProps {
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly isSaving: boolean;
  readonly onSave: () => void;
  readonly onRun: () => void;
  readonly onVersions: () => void;
  readonly onHelp: () => void;
  readonly onRename: () => void;
  readonly errors: ReactNode;
}

/** The name, the choice of the view, and the actions on the whole workflow. */
export function Toolbar({ view, onView, isSaving, onSave, onRun, onVersions, onHelp, onRename, errors }: ToolbarProps) {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const base = useBuilder((state) => state.base);
  const canEdit = useBuilder((state) => state.canEdit);
  const canUndo = useBuilder((state) => state.history.past.length > 0);
  const canRedo = useBuilder((state) => state.history.future.length > 0);
  const changed = useBuilder(isChanged);
  const isBroken = useBuilder(brokenText) !== null;
  const writeRefusal = useRefusal("workflows.write");
  const runRefusal = useRefusal("workflows.run");
  const cannotRun = runRefusal ?? (base.workflowId === null && !changed ? "Draw something first." : null);
  return (
    <header className={styles.toolbar}>
      <div className={styles.name}>
        <Link to="/workflows">Workflows</Link>
        <span aria-hidden="true">/</span>
        <h1>
          {canEdit ? (
            <button type="button" className={styles.rename} title="Rename" onClick={onRename}>
              {definition.name || "New workflow"}
            </button>
          ) : (
            definition.name
          )}
        </h1>
        <span className={styles.state} data-testid="save-state" title={writeRefusal ?? undefined}>
          {!canEdit ? (
            <>
              read only<span className={styles.wideOnly}>: {writeRefusal}</span>
            </>
          ) : base.version === null ? "not saved yet" : changed ? `changed since version ${base.version}` : `version ${base.version}`}
        </span>
      </div>
      <div className={styles.tools}>
        <span className={styles.wideOnly}>{errors}</span>
        {canEdit && (
          <span className={styles.pair}>
            <IconButton label="Undo" aria-disabled={!canUndo} onClick={() => stepBack(store)}>
              <Undo2 size={16} />
            </IconButton>
            <IconButton label="Redo" aria-disabled={!canRedo} onClick={() => stepForth(store)}>
              <Redo2 size={16} />
            </IconButton>
          </span>
        )}
        <Segments
          label="View"
          value={view}
          onChange={onView}
          options={VIEWS.map(({ value, icon: Icon, label }) => ({
            value,
            label: (
              <span className={styles.view}>
                <Icon size={13} aria-hidden="true" />
                <span className={styles.viewName}>{label}</span>
              </span>
            ),
          }))}
        />
        <MoreMenu onVersions={onVersions} onHelp={onHelp} />
        <Button onClick={onRun} blocked={cannotRun}>
          <Play size={14} aria-hidden="true" />
          <span className={styles.buttonName}>Run</span>
        </Button>
        {canEdit && (
          <Button look="primary" busy={isSaving} blocked={isBroken ? "The text cannot be read. Fix it first." : !changed ? "Nothing has changed." : null} onClick={onSave}>
            <Save size={14} aria-hidden="true" />
            <span className={styles.buttonName}>Save</span>
          </Button>
        )}
      </div>
    </header>
  );
}

function MoreMenu({ onVersions, onHelp }: Pick<ToolbarProps, "onVersions" | "onHelp">) {
  const store = useBuilderStore();
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
    const { importFile, isTextProblem } = await loadFiles();
    const read = await importFile(file);
    if (isTextProblem(read)) toasts.failed("Not imported", read.problem);
    else change(store, read, { say: `${file.name} is on the canvas.` });
  };
  const exportIt = (syntax: Syntax) => void loadFiles().then(({ exportFile }) => exportFile(definition, syntax));
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
          <MenuItem icon={<History size={14} />} onSelect={onVersions}>
            Versions
          </MenuItem>
        )}
        {base.workflowId !== null && (
          <MenuLink icon={<ListTree size={14} />} to={`/executions?workflow=${encodeURIComponent(base.definition.name)}`}>
            Executions
          </MenuLink>
        )}
        <MenuItem icon={<Keyboard size={14} />} onSelect={onHelp}>
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
            <MenuItem icon={<Copy size={14} />} onSelect={() => void navigate("/workflows/new", { state: { definition: JSON.stringify({ ...definition, name: `${definition.name} copy`.slice(0, 100) }) } })}>
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
