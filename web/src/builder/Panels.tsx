import { PanelRight, Pin, PinOff, Plus, Settings2, X } from "lucide-react";
import { lazy, Suspense, type ReactNode } from "react";
import { Button, cx, Dialog, IconButton, Skeleton } from "../design";
import { useBuilder } from "./draft/store";
import { ErrorButton } from "./errors/ErrorButton";
import { ANYWHERE, pin, useView, useViewStore } from "./view/viewStore";
import styles from "./builder.module.css";

const PalettePanel = lazy(() => import("./palette/PalettePanel"));

/** The palette, while it is open. */
export function PaletteSpace() {
  const adding = useView((state) => state.adding);
  const canEdit = useBuilder((state) => state.canEdit);
  if (adding === null || !canEdit) return null;
  return (
    <Suspense fallback={null}>
      <PalettePanel adding={adding} />
    </Suspense>
  );
}

/** Opens the palette in the corner of the canvas. */
export function AddButton() {
  const view = useViewStore();
  const isOpen = useView((state) => state.adding !== null);
  const canEdit = useBuilder((state) => state.canEdit);
  if (!canEdit) return null;
  return (
    <IconButton label="Add a node (N)" look="primary" className={styles.add} aria-expanded={isOpen} aria-haspopup="dialog" onClick={() => view.set({ adding: isOpen ? null : ANYWHERE })}>
      <Plus size={17} />
    </IconButton>
  );
}

/** Whether the inspector is open: pinned, asked for, or about what is selected. */
function useIsInspecting(): boolean {
  const selection = useBuilder((state) => state.selection);
  const { isPinned, showsSettings, dismissed } = useView((state) => state);
  const isAbout = selection.nodes.size + selection.connections.size + (selection.notes?.size ?? 0) > 0;
  return isPinned || showsSettings || (isAbout && dismissed !== selection);
}

/** The inspector: it slides over the canvas when something is selected, or is pinned beside it. */
export function InspectorPanel({ inspector }: { readonly inspector: ReactNode }) {
  const view = useViewStore();
  const isOpen = useIsInspecting();
  const isPinned = useView((state) => state.isPinned);
  const selection = useBuilder((state) => state.selection);
  if (!isOpen) {
    return (
      <IconButton small className={styles.openInspector} label="Settings of the workflow" onClick={() => view.set({ showsSettings: true, dismissed: null })}>
        <PanelRight size={15} />
      </IconButton>
    );
  }
  const close = () => {
    pin(view, false);
    view.set({ showsSettings: false, dismissed: selection });
  };
  return (
    <aside className={cx(styles.right, !isPinned && styles.slid)} aria-label="Inspector">
      <div className={styles.panelTools}>
        <IconButton small label={isPinned ? "Let the inspector slide" : "Pin the inspector"} aria-pressed={isPinned} onClick={() => pin(view, !isPinned)}>
          {isPinned ? <PinOff size={14} /> : <Pin size={14} />}
        </IconButton>
        <IconButton small label="Close the inspector" onClick={close}>
          <X size={15} />
        </IconButton>
      </div>
      <Suspense fallback={<Skeleton rows={5} label="Loading the form" />}>{inspector}</Suspense>
    </aside>
  );
}

/** On a phone: buttons that open the panels. */
export function PhoneBar() {
  const view = useViewStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const { nodes, connections } = useBuilder((state) => state.selection);
  return (
    <div className={styles.phoneBar}>
      {canEdit && (
        <Button onClick={() => view.set({ adding: ANYWHERE })}>
          <Plus size={15} aria-hidden="true" /> Add
        </Button>
      )}
      <Button onClick={() => view.set({ sheet: true })}>
        <Settings2 size={15} aria-hidden="true" /> {nodes.size === 1 ? "Edit node" : nodes.size + connections.size > 0 ? "Selection" : "Settings"}
      </Button>
      <ErrorButton />
    </div>
  );
}

/** On a phone: the inspector. */
export function PhoneSheet({ inspector }: { readonly inspector: ReactNode }) {
  const view = useViewStore();
  const isOpen = useView((state) => state.sheet);
  return (
    <Dialog open={isOpen} onClose={() => view.set({ sheet: false })} title="Edit">
      <div className={styles.sheet}>{isOpen && <Suspense fallback={<Skeleton rows={5} label="Loading the form" />}>{inspector}</Suspense>}</div>
    </Dialog>
  );
}
