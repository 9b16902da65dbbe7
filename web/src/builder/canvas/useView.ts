import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import { useBuilder } from "../draft/store";

/** The part of the canvas that stays empty around the graph. */
export const FIT = { padding: 0.06, maxZoom: 1 };
/** Below this zoom the names of nodes are hard to read. */
const READABLE = 0.6;

/** Brings a node into view when a list asks for it. */
export function useFocus(): void {
  const { fitView } = useReactFlow();
  const focus = useBuilder((state) => state.focus);
  useEffect(() => {
    if (focus === null) return;
    const timer = setTimeout(() => void fitView({ nodes: [{ id: focus.id }], padding: 0.4, maxZoom: 1, duration: 220 }), 30);
    return () => clearTimeout(timer);
  }, [focus, fitView]);
}

/** The first view: the whole graph if its names can be read then, else its beginning. */
export function useOpening(): () => Promise<void> {
  const flow = useReactFlow();
  const store = useStoreApi();
  return async () => {
    await flow.fitView(FIT);
    const first = flow.getNodes().toSorted((one, other) => one.position.x - other.position.x)[0];
    if (flow.getZoom() >= READABLE || first === undefined) return;
    const all = flow.getNodesBounds(flow.getNodes());
    const { width, height } = store.getState();
    const seen = all.height * READABLE <= height ? all : flow.getNodesBounds([first]);
    const middle = (seen.y + seen.height / 2) * READABLE;
    await flow.setViewport({ x: width * FIT.padding - all.x * READABLE, y: height / 2 - middle, zoom: READABLE });
  };
}
