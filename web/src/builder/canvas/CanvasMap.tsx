import { MiniMap } from "@xyflow/react";
import { nodeLook } from "../../graph/nodeLooks";
import { definitionOf, useBuilder } from "../draft/store";
import type { CanvasNode } from "./flow";
import styles from "./canvas.module.css";

/** A graph that is visible as a whole needs no map. */
const MAPPED = 12;

/** The whole graph, small. */
export function CanvasMap() {
  const count = useBuilder(definitionOf).nodes.length;
  if (count < MAPPED) return null;
  return (
    <MiniMap<CanvasNode>
      className={styles.minimap ?? ""}
      pannable
      zoomable
      ariaLabel="Map of the workflow"
      nodeColor={colourOnMap}
      nodeBorderRadius={14}
      maskColor="var(--map-mask)"
    />
  );
}

function colourOnMap(node: CanvasNode): string {
  if (node.type !== "step") return node.type === "note" ? "var(--waiting-soft)" : "transparent";
  return node.data.errorCount > 0 ? "var(--failed)" : `oklch(var(--edge-l) 0.09 ${nodeLook(node.data.drawn.type, node.data.drawn.subtype).hue})`;
}
