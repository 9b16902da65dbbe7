import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useCallback, useEffect, type RefObject } from "react";
import { HEAD_HEIGHT, heightsOf, NODE_WIDTH } from "../../graph/layout";
import { inGraph, panInto } from "../../graph/panInto";
import type { Box } from "../../graph/pasting";
import type { NodeId } from "../definition/types";
import { useBuilder, useBuilderStore } from "../draft/store";
import { isNarrow, useViewStore } from "../view/viewStore";

/** The part of the canvas that stays empty around the graph. */
const FIT = { padding: 0.06, maxZoom: 1 };
/** Below this zoom the names of nodes are hard to read. */
const READABLE = 0.6;
/** Milliseconds in which the canvas moves to what is new. */
const PAN_MS = 150;
/** The width of the inspector, which slides over the canvas. */
const INSPECTOR_WIDTH = 336;

/** Offers others what the canvas can do, and returns the part of it that nothing covers, in pixels from its corner. */
export function useCanvasHandle(canvas: RefObject<HTMLElement | null>): { readonly sight: () => Box } {
  const flow = useReactFlow();
  const view = useViewStore();
  const sight = useCallback((): Box => {
    const { clientWidth: width = 0, clientHeight: height = 0 } = canvas.current ?? {};
    const covered = view.get().isPinned || isNarrow() ? 0 : INSPECTOR_WIDTH;
    return { x: 0, y: 0, width: Math.max(width - covered, width / 2), height };
  }, [canvas, view]);
  useEffect(() => {
    view.set({
      canvas: {
        fit: () => void flow.fitView({ ...FIT, duration: 200 }),
        zoomBy: (steps) => void (steps > 0 ? flow.zoomIn({ duration: 120 }) : flow.zoomOut({ duration: 120 })),
        sight: () => inGraph(flow.getViewport(), sight()),
      },
    });
    return () => view.set({ canvas: null });
  }, [flow, view, sight]);
  return { sight };
}

/** Brings nodes into sight: what is new, and what a list asks for. Returns the function that does it. */
export function useFocus(sight: () => Box): (ids: readonly NodeId[], zooms: boolean) => void {
  const flow = useReactFlow();
  const store = useBuilderStore();
  const focus = useBuilder((state) => state.focus);
  const reveal = useCallback(
    (ids: readonly NodeId[], zooms: boolean) => {
      const { now } = store.get().history;
      const box = boxAround(ids, now.positions, heightsOf(now.definition, store.get().types));
      if (box === null) return;
      const viewport = flow.getViewport();
      if (zooms && viewport.zoom < READABLE) void flow.setCenter(box.x + box.width / 2, box.y + box.height / 2, { zoom: 1, duration: PAN_MS });
      else {
        const next = panInto(viewport, sight(), box);
        if (next !== viewport) void flow.setViewport(next, { duration: PAN_MS });
      }
    },
    [flow, store, sight],
  );
  useEffect(() => {
    if (focus === null) return;
    const timer = setTimeout(() => reveal(focus.ids, focus.zooms === true), 30);
    return () => clearTimeout(timer);
  }, [focus, reveal]);
  return reveal;
}

function boxAround(ids: readonly NodeId[], positions: ReadonlyMap<NodeId, { readonly x: number; readonly y: number }>, heights: ReadonlyMap<NodeId, number>): Box | null {
  const placed = ids.flatMap((id) => {
    const point = positions.get(id);
    return point === undefined ? [] : [{ ...point, bottom: point.y + (heights.get(id) ?? HEAD_HEIGHT) }];
  });
  if (placed.length === 0) return null;
  const [x, y] = [Math.min(...placed.map((item) => item.x)), Math.min(...placed.map((item) => item.y))];
  return { x, y, width: Math.max(...placed.map((item) => item.x)) + NODE_WIDTH - x, height: Math.max(...placed.map((item) => item.bottom)) - y };
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
