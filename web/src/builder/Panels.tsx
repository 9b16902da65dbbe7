import { PanelLeftClose, PanelLeftOpen, Plus, Settings2 } from "lucide-react";
import type { ReactNode } from "react";
import { Button, cx, Dialog, IconButton } from "../design";
import { findNode } from "./definition/types";
import { definitionOf, useBuilder } from "./draft/store";
import { ErrorButton } from "./errors/ErrorButton";
import { Palette } from "./palette/Palette";
import { useChoose } from "./palette/useChoose";
import { useView, useViewStore } from "./view/viewStore";
import styles from "./builder.module.css";

function useSelectedNode() {
  const definition = useBuilder(definitionOf);
  const { nodes } = useBuilder((state) => state.selection);
  return nodes.size === 1 ? findNode(definition, [...nodes][0] ?? "") : undefined;
}

function BesidePalette() {
  const selected = useSelectedNode();
  const choose = useChoose();
  return <Palette onChoose={choose} hint={selected ? `Enter or a click adds after ${selected.name ?? selected.id}.` : "Drag onto the canvas, or click to add."} />;
}

/** The palette to the left of the canvas. */
export function LeftPanel() {
  const view = useViewStore();
  const isShown = useView((state) => state.showsPalette);
  return (
    <aside className={cx(styles.left, !isShown && styles.closed)} aria-label="Palette">
      {isShown && <BesidePalette />}
      <IconButton small className={styles.fold} label={isShown ? "Hide the palette" : "Show the palette"} onClick={() => view.set({ showsPalette: !isShown })}>
        {isShown ? <PanelLeftClose size={15} /> : <PanelLeftOpen size={15} />}
      </IconButton>
    </aside>
  );
}

/** The inspector to the right of the canvas. */
export function RightPanel({ inspector }: { readonly inspector: ReactNode }) {
  const isShown = useView((state) => state.showsInspector);
  return (
    <aside className={cx(styles.right, !isShown && styles.closed)} aria-label="Inspector">
      {isShown && inspector}
    </aside>
  );
}

/** On a phone: buttons that open the panels as sheets. */
export function PhoneBar() {
  const view = useViewStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const selection = useBuilder((state) => state.selection);
  const selected = useSelectedNode();
  return (
    <div className={styles.phoneBar}>
      {canEdit && (
        <Button onClick={() => view.set({ sheet: "palette" })}>
          <Plus size={15} aria-hidden="true" /> Add
        </Button>
      )}
      <Button onClick={() => view.set({ sheet: "inspector" })}>
        <Settings2 size={15} aria-hidden="true" /> {selected ? "Edit node" : selection.nodes.size + selection.connections.size > 0 ? "Selection" : "Settings"}
      </Button>
      <ErrorButton />
    </div>
  );
}

/** On a phone: the open panel. */
export function PhoneSheet({ inspector }: { readonly inspector: ReactNode }) {
  const view = useViewStore();
  const sheet = useView((state) => state.sheet);
  return (
    <Dialog open={sheet !== null} onClose={() => view.set({ sheet: null })} title={sheet === "palette" ? "Add a node" : "Edit"}>
      <div className={styles.sheet}>{sheet === "palette" ? <BesidePalette /> : sheet === "inspector" ? inspector : null}</div>
    </Dialog>
  );
}

/** Asks which node to add. */
export function AddDialog() {
  const view = useViewStore();
  const adding = useView((state) => state.adding);
  const choose = useChoose();
  return (
    <Dialog open={adding !== null} onClose={() => view.set({ adding: null })} title={adding?.begun ? "What comes next?" : "Add a node"}>
      <div className={styles.quickAdd}>{adding !== null && <Palette isSearched onChoose={choose} hint="Arrow keys choose, Enter adds." />}</div>
    </Dialog>
  );
}
