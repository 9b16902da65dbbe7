import { lazy, Suspense, useEffect, useState } from "react";
import { useToasts } from "../design";
import { useNavigate, useSearchParams } from "react-router";
import { TabTitle } from "../shell/TabTitle";
import { useChecking } from "./check/useChecking";
import { findNode, type NodeId } from "./definition/types";
import { Dialogs } from "./Dialogs";
import { goTo } from "./draft/actions";
import { definitionOf, isChanged, useBuilder, useBuilderStore } from "./draft/store";
import { ErrorPanel } from "./errors/ErrorPanel";
import { FixBar, NodeFailure, useFailedExecution, useOutcomes } from "./Failure";
import type { CommandContext } from "./commands/command";
import { CommandsProvider } from "./commands/CommandsContext";
import { InspectorPanel, PhoneBar, PhoneSheet } from "./Panels";
import { useSaving, type Saved } from "./save/useSaving";
import { Stage } from "./Stage";
import { Toolbar } from "./toolbar/Toolbar";
import { useClipboard, useShortcuts } from "./useShortcuts";
import { createViewStore, useView, useViewStore, ViewProvider } from "./view/viewStore";
import styles from "./builder.module.css";

const ContextMenu = lazy(() => import("./commands/ContextMenu"));
const Inspector = lazy(async () => ({ default: (await import("./inspector/Inspector")).Inspector }));
const TestRuns = lazy(async () => ({ default: (await import("./run/TestRuns")).TestRuns }));

interface BuilderProps {
  readonly onSavedAs: (id: string) => void;
}

/** The builder of one workflow: palette, canvas (or outline, or text), inspector, errors. */
export function Builder(props: BuilderProps) {
  const [view] = useState(createViewStore);
  return (
    <ViewProvider value={view}>
      <Parts {...props} />
    </ViewProvider>
  );
}

function Parts({ onSavedAs }: BuilderProps) {
  const store = useBuilderStore();
  const view = useViewStore();
  const [search] = useSearchParams();
  const name = useBuilder(definitionOf).name;
  const toasts = useToasts();
  const hasMenu = useView((state) => state.menu !== null);
  const execution = useFailedExecution(search.get("execution"));
  const outcomes = useOutcomes(execution.data);
  const failedNode = search.get("node") ?? [...outcomes].find(([, outcome]) => outcome === "failed")?.[0] ?? null;
  const { saving, run } = useSavingAndRunning(onSavedAs);
  useChecking();
  useClipboard();
  const context: CommandContext = { store, view, save: saving.save, run, failed: toasts.failed };
  useShortcuts(context);
  useOpenAt(failedNode);
  const [selected] = useBuilder((state) => state.selection).nodes;
  const isOne = selected !== undefined && store.get().selection.nodes.size === 1;
  const inspector = <Inspector onRun={run} failure={isOne && execution.data ? <NodeFailure execution={execution.data} node={selected} /> : undefined} />;
  return (
    <CommandsProvider value={context}>
      <div className={styles.builder}>
        <TabTitle of={name || "New workflow"} />
        <Toolbar isSaving={saving.isSaving} onSave={saving.save} onRun={run} onMerge={saving.merge} />
        {execution.data && <FixBar execution={execution.data} failedNode={failedNode} onSave={saving.save} />}
        <div className={styles.middle}>
          <Stage outcomes={outcomes} />
          <InspectorPanel inspector={inspector} />
        </div>
        <ErrorPanel />
        <PhoneBar />
        <PhoneSheet inspector={inspector} />
        {hasMenu && (
          <Suspense fallback={null}>
            <ContextMenu />
          </Suspense>
        )}
        <Suspense fallback={null}>
          <TestRuns />
        </Suspense>
        <Dialogs saving={saving} />
        <Announcement />
      </div>
    </CommandsProvider>
  );
}

/** Saves; *Run* saves first what has changed. */
function useSavingAndRunning(onSavedAs: (id: string) => void) {
  const store = useBuilderStore();
  const view = useViewStore();
  const navigate = useNavigate();
  const [runsAfterSave, setRunsAfterSave] = useState(false);
  const saving = useSaving((saved: Saved) => {
    if (runsAfterSave) view.set({ dialog: "run" });
    setRunsAfterSave(false);
    // The builder stays as it is; only the address changes to that of the workflow.
    if (!saved.isNew) return;
    onSavedAs(saved.id);
    void navigate(`/workflows/${saved.id}`, { replace: true });
  });
  const run = () => {
    if (isChanged(store.get())) {
      setRunsAfterSave(true);
      saving.save();
    } else view.set({ dialog: "run" });
  };
  return { saving, run };
}

/** If the builder was opened from an execution, selects the node in question and brings it into view. */
function useOpenAt(node: NodeId | null): void {
  const store = useBuilderStore();
  useEffect(() => {
    if (node === null || findNode(definitionOf(store.get()), node) === undefined) return;
    const timer = setTimeout(() => goTo(store, node), 250);
    return () => clearTimeout(timer);
  }, [node, store]);
}

/** Says what has just happened to screen readers. */
function Announcement() {
  const announcement = useBuilder((state) => state.announcement);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {announcement}
    </div>
  );
}
