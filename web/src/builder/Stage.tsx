import { PanelRightClose, PanelRightOpen } from "lucide-react";
import { lazy, Suspense } from "react";
import { cx, IconButton, Skeleton } from "../design";
import type { NodeOutcome } from "./canvas/flow";
import type { NodeId } from "./definition/types";
import { Outline } from "./outline/Outline";
import { useView, useViewStore } from "./view/viewStore";
import styles from "./builder.module.css";

const Canvas = lazy(() => import("./canvas/Canvas"));
const TextView = lazy(async () => ({ default: (await import("./text/TextView")).TextView }));

/** The drawing: canvas, outline, or canvas and text. */
export function Stage({ outcomes }: { readonly outcomes: ReadonlyMap<NodeId, NodeOutcome> }) {
  const store = useViewStore();
  const view = useView((state) => state.view);
  const showsInspector = useView((state) => state.showsInspector);
  return (
    <div className={cx(styles.stage, view === "text" && styles.split)}>
      {view === "outline" ? (
        <Outline />
      ) : (
        <div className={styles.canvasBox}>
          <Suspense fallback={<Skeleton rows={4} label="Loading the canvas" />}>
            <Canvas outcomes={outcomes} onAddFrom={(begun, at) => store.set({ adding: { begun, at } })} />
          </Suspense>
          <IconButton small className={styles.foldRight} label={showsInspector ? "Hide the inspector" : "Show the inspector"} onClick={() => store.set({ showsInspector: !showsInspector })}>
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
  );
}
