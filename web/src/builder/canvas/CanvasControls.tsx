import { Panel, useReactFlow, useStore } from "@xyflow/react";
import { Flame, Info, LayoutDashboard, Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../../design";
import { CONNECTION_TYPES } from "../definition/types";
import { tidy, definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useHeat } from "../run/useHeat";
import { useView, useViewStore } from "../view/viewStore";
import { typesInUse } from "./candidate";
import { colourOf, lookOf } from "../../graph/connectionLooks";
import styles from "./canvas.module.css";

/** Zoom, fit, layout, and the legend of the lines. */
export function CanvasControls() {
  const flow = useReactFlow();
  const store = useBuilderStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const percent = useStore((state) => Math.round(state.transform[2] * 100));
  const [explains, setExplains] = useState(false);
  const fit = () => void flow.fitView({ padding: 0.06, maxZoom: 1, duration: 200 });
  return (
    <Panel position="bottom-left" className={styles.controls ?? ""}>
      {explains && <Legend />}
      <div className={styles.controlBar} role="toolbar" aria-label="View">
        <IconButton small label="Zoom out" onClick={() => void flow.zoomOut({ duration: 120 })}>
          <ZoomOut size={15} />
        </IconButton>
        <span className={styles.percent} aria-label="Zoom">
          {percent}%
        </span>
        <IconButton small label="Zoom in" onClick={() => void flow.zoomIn({ duration: 120 })}>
          <ZoomIn size={15} />
        </IconButton>
        <IconButton small label="Fit all in view" onClick={fit}>
          <Maximize size={15} />
        </IconButton>
        {canEdit && (
          <IconButton
            small
            label="Lay out anew"
            onClick={() => {
              tidy(store);
              setTimeout(fit, 40);
            }}
          >
            <LayoutDashboard size={15} />
          </IconButton>
        )}
        <HeatButton />
        <IconButton small label="What the lines mean" aria-pressed={explains} onClick={() => setExplains(!explains)}>
          <Info size={15} />
        </IconButton>
      </div>
    </Panel>
  );
}

/** Shows at each node how often it failed during the last day. */
function HeatButton() {
  const view = useViewStore();
  const isShown = useView((state) => state.showsHeat);
  const isSaved = useBuilder((state) => state.base.workflowId !== null);
  const { heat, isKnown } = useHeat();
  if (!isSaved) return null;
  return (
    <>
      <IconButton small label="Errors of the last day" aria-pressed={isShown} onClick={() => view.set({ showsHeat: !isShown })}>
        <Flame size={15} />
      </IconButton>
      <span role="status" className={isKnown && heat.size === 0 ? styles.noHeat : "visually-hidden"}>
        {isKnown && (heat.size === 0 ? "No errors during the last day" : "Nodes show their errors of the last day")}
      </span>
    </>
  );
}

function Legend() {
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const used = new Set(typesInUse(definition, types));
  const listed = [...CONNECTION_TYPES].sort((left, right) => Number(used.has(right)) - Number(used.has(left)));
  return (
    <div className={styles.legend} role="group" aria-label="Connection types">
      <h3>Connections</h3>
      <ul>
        {listed.map((type) => (
          <li key={type} className={used.has(type) ? undefined : styles.unused}>
            <Line colour={colourOf(type)} dash={lookOf(type).dash} />
            {lookOf(type).label}
          </li>
        ))}
        <li>
          <Line colour="var(--failed)" dash="5 4" />
          Error
        </li>
        <li>
          <Line colour="var(--edge)" dash="3 5" />
          Goto
        </li>
      </ul>
    </div>
  );
}

function Line({ colour, dash }: { readonly colour: string; readonly dash: string }) {
  return (
    <svg width="34" height="8" aria-hidden="true">
      <line x1="1" y1="4" x2="33" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dash === "" ? "none" : dash} />
    </svg>
  );
}
