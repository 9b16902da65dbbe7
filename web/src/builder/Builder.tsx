import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { PanelLeftClose, PanelLeftOpen, PanelRightClose, PanelRightOpen, Plus, Settings2, X } from "lucide-react";
import { Button, ConfirmDialog, cx, Dialog, IconButton, Skeleton } from "../design";
import type { Begun } from "./canvas/candidate";
import { candidateOver } from "./canvas/candidate";
import { useChecking } from "./check/useChecking";
import type { NodeType } from "./definition/nodeTypes";
import { findNode, isRefusal } from "./definition/types";
import { connectNodes } from "./definition/commands/connectNodes";
import { add, goTo, select } from "./draft/actions";
import { change, definitionOf, isChanged, useBuilder, useBuilderStore } from "./draft/store";
import { FaultCount, FaultList } from "./faults/FaultList";
import { MendingBar, NodeFailure, useFailedExecution, useMarks } from "./Failure";
import { Help } from "./Help";
import { Inspector } from "./inspector/Inspector";
import { layOut } from "./layout/layout";
import { savePositions } from "./layout/positions";
import { Outline } from "./outline/Outline";
import { Palette } from "./palette/Palette";
import { RunDialog } from "./run/RunDialog";
import { useSaving, type Saved } from "./save/useSaving";
import { TextView } from "./text/TextView";
import { Toolbar, type View } from "./Toolbar";
import { useGuard } from "./useGuard";
import { useClipboard, useShortcuts } from "./useShortcuts";
import { ConflictDialog } from "./versions/ConflictDialog";
import { VersionsDialog } from "./versions/VersionsDialog";
import styles from "./builder.module.css";

const Canvas = lazy(() => import("./canvas/Canvas"));

type Panel = "palette" | "inspector" | null;
type Open = "versions" | "run" | "help" | null;

/** The builder of one workflow: palette, canvas (or outline, or text), inspector, faults. */
export function Builder({ onSavedAs }: { readonly onSavedAs: (id: string) => void }) {
  const store = useBuilderStore();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const definition = useBuilder(definitionOf);
  const base = useBuilder((state) => state.base);
  const canEdit = useBuilder((state) => state.canEdit);
  const selection = useBuilder((state) => state.selection);
  const announcement = useBuilder((state) => state.announcement);
  const [view, setView] = useState<View>("canvas");
  const [panel, setPanel] = useState<Panel>(null);
  const [showsPalette, setShowsPalette] = useState(true);
  const [showsInspector, setShowsInspector] = useState(true);
  const [showsFaults, setShowsFaults] = useState(false);
  const [open, setOpen] = useState<Open>(null);
  const [runsAfterSave, setRunsAfterSave] = useState(false);
  const [adding, setAdding] = useState<{ begun: Begun | null; at: { x: number; y: number } | null } | null>(null);
  const execution = useFailedExecution(search.get("execution"));
  const marks = useMarks(execution.data);
  const failedNode = search.get("node") ?? [...marks].find(([, mark]) => mark === "failed")?.[0] ?? null;

  const guard = useGuard(useMemo(() => () => isChanged(store.get()), [store]));
  const saving = useSaving((saved: Saved) => {
    if (runsAfterSave) setOpen("run");
    setRunsAfterSave(false);
    // The builder stays as it is; only its address becomes the workflow's.
    if (!saved.isNew) return;
    onSavedAs(saved.id);
    void navigate(`/workflows/${saved.id}`, { replace: true });
  });
  useChecking();
  useKeepPositions();
  useClipboard();
  useShortcuts({ onSave: saving.save, onAdd: () => setAdding({ begun: null, at: null }), onHelp: () => setOpen("help") });
  useOpenAt(failedNode);

  const choose = (type: NodeType) => {
    const at = adding?.at ?? undefined;
    const begun = adding?.begun ?? null;
    if (begun !== null && at !== undefined) addFrom(store, type, begun, at);
    else add(store, type, at);
    setAdding(null);
    setPanel(null);
  };
  const selected = selection.nodes.size === 1 ? findNode(definition, [...selection.nodes][0] ?? "") : undefined;
  const inspector = <Inspector failure={selected && execution.data ? <NodeFailure execution={execution.data} node={selected.id} /> : undefined} />;
  const palette = <Palette onChoose={choose} hint={selected ? `Enter or a click adds after ${selected.name ?? selected.id}.` : "Drag onto the canvas, or click to add."} />;
  const faultCount = <FaultCount open={showsFaults} onClick={() => setShowsFaults(!showsFaults)} />;

  return (
    <div className={styles.builder}>
      <title>{`${definition.name || "New workflow"} · Interlock`}</title>
      <Toolbar
        view={view}
        onView={setView}
        isSaving={saving.isSaving}
        onSave={saving.save}
        onRun={() => {
          if (isChanged(store.get())) {
            setRunsAfterSave(true);
            saving.save();
          } else setOpen("run");
        }}
        onVersions={() => setOpen("versions")}
        onHelp={() => setOpen("help")}
        onRename={() => {
          select(store, []);
          setShowsInspector(true);
          if (isNarrow()) setPanel("inspector");
          setTimeout(focusName, 60);
        }}
        faults={faultCount}
      />
      {execution.data && <MendingBar execution={execution.data} failedNode={failedNode} onSave={saving.save} />}
      <div className={styles.middle}>
        {canEdit && view !== "text" && (
          <aside className={cx(styles.left, !showsPalette && styles.closed)} aria-label="Palette">
            {showsPalette && palette}
            <IconButton small className={styles.fold} label={showsPalette ? "Hide the palette" : "Show the palette"} onClick={() => setShowsPalette(!showsPalette)}>
              {showsPalette ? <PanelLeftClose size={15} /> : <PanelLeftOpen size={15} />}
            </IconButton>
          </aside>
        )}
        <div className={cx(styles.stage, view === "text" && styles.split)}>
          {view === "outline" ? (
            <Outline />
          ) : (
            <div className={styles.canvasBox}>
              <Suspense fallback={<Skeleton rows={4} label="Loading the canvas" />}>
                <Canvas marks={marks} onAddFrom={(begun, at) => setAdding({ begun, at })} />
              </Suspense>
              <IconButton small className={styles.foldRight} label={showsInspector ? "Hide the inspector" : "Show the inspector"} onClick={() => setShowsInspector(!showsInspector)}>
                {showsInspector ? <PanelRightClose size={15} /> : <PanelRightOpen size={15} />}
              </IconButton>
            </div>
          )}
          {view === "text" && (
            <div className={styles.textBox}>
              <TextView />
            </div>
          )}
        </div>
        <aside className={cx(styles.right, !showsInspector && styles.closed)} aria-label="Inspector">
          {showsInspector && inspector}
        </aside>
      </div>
      {showsFaults && (
        <section className={styles.faults} aria-label="Faults">
          <header>
            <h2>Faults and warnings</h2>
            <IconButton small label="Close the list" onClick={() => setShowsFaults(false)}>
              <X size={14} />
            </IconButton>
          </header>
          <FaultList
            onGo={() => {
              if (isNarrow()) {
                setShowsFaults(false);
                setPanel("inspector");
              }
            }}
          />
        </section>
      )}
      <div className={styles.phoneBar}>
        {canEdit && (
          <Button onClick={() => setPanel("palette")}>
            <Plus size={15} aria-hidden="true" /> Add
          </Button>
        )}
        <Button onClick={() => setPanel("inspector")}>
          <Settings2 size={15} aria-hidden="true" /> {selected ? "Edit node" : selection.nodes.size + selection.connections.size > 0 ? "Selection" : "Settings"}
        </Button>
        {faultCount}
      </div>
      <Sheet open={panel !== null} title={panel === "palette" ? "Add a node" : "Edit"} onClose={() => setPanel(null)}>
        {panel === "palette" ? palette : panel === "inspector" ? inspector : null}
      </Sheet>
      <Dialog open={adding !== null} onClose={() => setAdding(null)} title={adding?.begun ? "What comes next?" : "Add a node"}>
        <div className={styles.quickAdd}>{adding !== null && <Palette isSearched onChoose={choose} hint="Arrow keys choose, Enter adds." />}</div>
      </Dialog>
      {base.workflowId !== null && (
        <>
          <VersionsDialog workflowId={base.workflowId} open={open === "versions"} onClose={() => setOpen(null)} />
          <RunDialog
            workflow={{ id: base.workflowId, name: base.definition.name }}
            triggers={definition.nodes.filter((node) => node.type === "TRIGGER_NODE").map((node) => ({ id: node.id, title: node.name ?? node.id }))}
            open={open === "run"}
            onClose={() => setOpen(null)}
          />
        </>
      )}
      <ConflictDialog conflict={saving.conflict} busy={saving.isSaving} onLoadTheirs={saving.loadTheirs} onKeepMine={saving.keepMine} onClose={saving.closeConflict} />
      <Help open={open === "help"} onClose={() => setOpen(null)} />
      <ConfirmDialog
        open={guard.state === "blocked"}
        title="Leave without saving?"
        description="What you changed since the last save would be lost."
        action="Leave"
        danger
        onClose={() => guard.reset?.()}
        onSubmit={() => guard.proceed?.()}
      />
      <div className="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </div>
    </div>
  );
}

const isNarrow = (): boolean => globalThis.matchMedia("(max-width: 900px)").matches;

/** Of the two inspectors, beside the canvas and in the sheet of a phone, the one that is shown. */
function focusName(): void {
  const field = [...document.querySelectorAll<HTMLInputElement>('[data-place="/name"]')].find((item) => item.checkVisibility());
  field?.focus();
  field?.select();
}

/** A node that is added where a connection was let go over nothing, and connected to where it came from. */
function addFrom(store: ReturnType<typeof useBuilderStore>, type: NodeType, begun: Begun, at: { x: number; y: number }): void {
  const id = add(store, type, { x: at.x, y: at.y - 28 });
  const { history, types } = store.get();
  const candidate = candidateOver(history.now.definition, types, begun, id, null);
  if (candidate.refusal !== null) return;
  const next = connectNodes(history.now.definition, types, candidate.connection);
  if (!isRefusal(next)) change(store, next);
}

/** Positions are kept as soon as somebody has moved something; those that the layout gives need not be. */
function useKeepPositions(): void {
  const positions = useBuilder((state) => state.history.now.positions);
  const base = useBuilder((state) => state.base);
  const store = useBuilderStore();
  useEffect(() => {
    const { workflowId } = base;
    if (workflowId === null || store.get().history.past.length === 0) return;
    const timer = setTimeout(() => {
      const { definition } = store.get().history.now;
      const laid = layOut(definition, store.get().types);
      const isLaid = definition.nodes.every((node) => laid[node.id]?.x === positions[node.id]?.x && laid[node.id]?.y === positions[node.id]?.y);
      savePositions(workflowId, isLaid ? null : positions);
    }, 600);
    return () => clearTimeout(timer);
  }, [positions, base, store]);
}

/** Opened from an execution: the node in question is selected and in sight. */
function useOpenAt(node: string | null): void {
  const store = useBuilderStore();
  useEffect(() => {
    if (node === null || findNode(definitionOf(store.get()), node) === undefined) return;
    const timer = setTimeout(() => goTo(store, node), 250);
    return () => clearTimeout(timer);
  }, [node, store]);
}

function Sheet({ open, title, onClose, children }: { readonly open: boolean; readonly title: string; readonly onClose: () => void; readonly children: React.ReactNode }) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <div className={styles.sheet}>{children}</div>
    </Dialog>
  );
}
