import { lazy, Suspense } from "react";
import { cx, Skeleton } from "../design";
import type { NodeOutcome } from "./canvas/flow";
import type { NodeId } from "./definition/types";
import { AddButton, PaletteSpace } from "./Panels";
import { useView } from "./view/viewStore";
import styles from "./builder.module.css";

const Outline = lazy(async () => ({ default: (await import("./outline/Outline")).Outline }));
const Canvas = lazy(() => import("./canvas/Canvas"));
const TextView = lazy(async () => ({ default: (await import("./text/TextView")).TextView }));

/** The drawing: canvas, outline, or canvas and text. */
export function Stage({ outcomes }: { readonly outcomes: ReadonlyMap<NodeId, NodeOutcome> }) {
  const view = useView((state) => state.view);
  return (
    <div className={cx(styles.stage, view === "text" && styles.split)}>
      {view === "outline" ? (
        <Suspense fallback={<Skeleton rows={4} label="Loading the outline" />}>
          <Outline />
        </Suspense>
      ) : (
        <div className={styles.canvasBox}>
          <Suspense fallback={<Skeleton rows={4} label="Loading the canvas" />}>
            <Canvas outcomes={outcomes} />
          </Suspense>
          <AddButton />
        </div>
      )}
      {view === "text" && (
        <div className={styles.textBox}>
          <Suspense fallback={<Skeleton rows={6} label="Loading the text" />}>
            <TextView />
          </Suspense>
        </div>
      )}
      <PaletteSpace />
    </div>
  );
}
