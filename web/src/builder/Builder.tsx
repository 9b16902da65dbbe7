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
import { ErrorCount, ErrorList } from "./errors/ErrorList";
import { FixBar, NodeFailure, useFailedExecution, useOutcomes } from "./Failure";
import { Inspector } from "./inspector/Inspector";
import { Outline } from "./outline/Outline";
import { Palette } from "./palette/Palette";
import { TabTitle } from "../shell/TabTitle";
import { useSaving, type Saved } from "./save/useSaving";
import { Toolbar, type View } from "./Toolbar";
import { useGuard } from "./useGuard";
import { useClipboard, useShortcuts } from "./useShortcuts";
import styles from "./builder.module.css";

const Canvas = lazy(() => import("./canvas/Canvas"));
const TextView = lazy(async () => ({ default: (await import("./text/TextView")).TextView }));
const Help = lazy(async () => ({ default: (await import("./Help")).Help }));
const RunDialog = lazy(async () => ({ default: (await import("./run/RunDialog")).RunDialog }));
const RunFeed = lazy(async () => ({ default: (await import("./run/RunFeed")).RunFeed }));
const ConflictDialog = lazy(async () => ({ default: (await import("./versions/ConflictDialog")).ConflictDialog }));
const VersionsDialog = lazy(async () => ({ default: (await import("./versions/VersionsDialog")).VersionsDialog }));

type Panel = "palette" | "inspector" | null;
type Open = "versions" | "run" | "help" | null;

/** The builder of one workflow: palette, canvas (or outline, or text), inspector, errors. */
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
  const [showsErrors, setShowsErrors] = useState(false);
  const [open, setOpen] = useState<Open>(null);
  const [runsAfterSave, setRunsAfterSave] = useState(false);
  const [adding, setAdding] = useState<{ begun: Begun | null; at: { x: number; y: number } | null } | null>(null);
  const execution = useFailedExecution(search.get("execution"));
  const outcomes = useOutcomes(execution.data);
  const failedNode = search.get("node") ?? [...outcomes].find(([, outcome]) => outcome === "failed")?.[0] ?? null;

  const guard = useGuard(useMemo(() => () => isChanged(store.get()), [store]));
  const saving = useSaving((saved: Saved) => {
    if (runsAfterSave) setOpen("run");
    setRunsAfterSave(false);
    // The builder stays as it is; only the address changes to that of the workflow.
    if (!saved.isNew) return;
    onSavedAs(saved.id);
    void navigate(`/workflows/${saved.id}`, { replace: true });
  });
  useChecking();
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
  const errorCount = <ErrorCount open={showsErrors} onClick={() => setShowsErrors(!showsErrors)} />;

  return (
    <div className={styles.builder}>
      <TabTitle of={definition.name || "New workflow"} />
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
        errors={errorCount}
      />
      {execution.data && <FixBar execution={execution.data} failedNode={failedNode} onSave={saving.save} />}
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
                <Canvas outcomes={outcomes} onAddFrom={(begun, at) => setAdding({ begun, at })} />
              </Suspense>
              <IconButton small className={styles.foldRight} label={showsInspector ? "Hide the inspector" : "Show the inspector"} onClick={() => setShowsInspector(!showsInspector)}>
                {showsInspector ? <PanelRightClose size={15} /> : <PanelRightOpen size={15} />}
              </IconButton>
            </div>
          )}
          {view === "text" && (
            <div className={styles.textBox}>
              <Suspense fallback={<Skeleton rows={6} label="Loading the text" />}>
                <TextView />
              </Suspense>
            </div>
          )}
        </div>
        <aside className={cx(styles.right, !showsInspector && styles.closed)} aria-label="Inspector">
          {showsInspector && inspector}
        </aside>
      </div>
      {showsErrors && (
        <section className={styles.errors} aria-label="Errors">
          <header>
            <h2>Errors and warnings</h2>
            <IconButton small label="Close the list" onClick={() => setShowsErrors(false)}>
              <X size={14} />
            </IconButton>
          </header>
          <ErrorList
            onGo={() => {
              if (isNarrow()) {
                setShowsErrors(false);
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
        {errorCount}
      </div>
      <Sheet open={panel !== null} title={panel === "palette" ? "Add a node" : "Edit"} onClose={() => setPanel(null)}>
        {panel === "palette" ? palette : panel === "inspector" ? inspector : null}
      </Sheet>
      <Dialog open={adding !== null} onClose={() => setAdding(null)} title={adding?.begun ? "What comes next?" : "Add a node"}>
        <div className={styles.quickAdd}>{adding !== null && <Palette isSearched onChoose={choose} hint="Arrow keys choose, Enter adds." />}</div>
      </Dialog>
      <Suspense fallback={null}>
        <RunFeed />
      </Suspense>
      {base.workflowId !== null && (
        <>
          <Once wanted={open === "versions"}>
            <VersionsDialog workflowId={base.workflowId} open={open === "versions"} onClose={() => setOpen(null)} />
          </Once>
          <Once wanted={open === "run"}>
            <RunDialog
              workflow={{ id: base.workflowId, name: base.definition.name }}
              triggers={definition.nodes.filter((node) => node.type === "TRIGGER_NODE").map((node) => ({ id: node.id, title: node.name ?? node.id }))}
              open={open === "run"}
              onClose={() => setOpen(null)}
            />
          </Once>
        </>
      )}
      <Once wanted={saving.conflict !== null}>
        <ConflictDialog conflict={saving.conflict} busy={saving.isSaving} onLoadTheirs={saving.loadTheirs} onKeepMine={saving.keepMine} onClose={saving.closeConflict} />
      </Once>
      <Once wanted={open === "help"}>
        <Help open={open === "help"} onClose={() => setOpen(null)} />
      </Once>
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

/** Returns the visible one of the two inspectors: beside the canvas, or in the sheet on a phone. */
function focusName(): void {
  const field = [...document.querySelectorAll<HTMLInputElement>('[data-place="/name"]')].find((item) => item.checkVisibility());
  field?.focus();
  field?.select();
}

/** The place where a connection was dropped on the empty canvas: the node that is added there is connected to its source. */
function addFrom(store: ReturnType<typeof useBuilderStore>, type: NodeType, begun: Begun, at: { x: number; y: number }): void {
  const id = add(store, type, { x: at.x, y: at.y - 28 });
  const { history, types } = store.get();
  const candidate = candidateOver(history.now.definition, types, begun, id, null);
  if (candidate.refusal !== null) return;
  const next = connectNodes(history.now.definition, types, candidate.connection);
  if (!isRefusal(next)) change(store, next);
}

/** If the builder was opened from an execution, selects the node in question and brings it into view. */
function useOpenAt(node: string | null): void {
  const store = useBuilderStore();
  useEffect(() => {
    if (node === null || findNode(definitionOf(store.get()), node) === undefined) return;
    const timer = setTimeout(() => goTo(store, node), 250);
    return () => clearTimeout(timer);
  }, [node, store]);
}

/** Loads its content when it is first wanted, and keeps it, with everything typed into it. */
function Once({ wanted, children }: { readonly wanted: boolean; readonly children: React.ReactNode }) {
  const [was, setWas] = useState(wanted);
  if (wanted && !was) setWas(true);
  return was && <Suspense fallback={null}>{children}</Suspense>;
}

function Sheet({ open, title, onClose, children }: { readonly open: boolean; readonly title: string; readonly onClose: () => void; readonly children: React.ReactNode }) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <div className={styles.sheet}>{children}</div>
    </Dialog>
  );
}
