import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useRef, useState } from "react";
import { move, select } from "../draft/actions";
import { useBuilder, useBuilderStore } from "../draft/store";
import type { Point } from "../definition/position";
import type { NodeId } from "../definition/types";
import { heightsOf, type Positions } from "../../graph/layout";
import { groupsOf } from "../definition/drawing";
import { moveNote } from "../draft/drawing";
import { framesOf, readKey } from "../../graph/extras";
import type { CanvasNode, LinkEdge } from "./flow";

/** Takes what React Flow reports: nodes that are dragged, and what is selected. */
export function useChanges() {
  const store = useBuilderStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const [dragged, setDragged] = useState<Positions>(new Map());
  const isDragging = useRef(false);

  /** What moves when something is dragged: a frame moves its nodes. Where it was is in the positions of its nodes, so the first of them says how far it has come. */
  const movedWith = (key: string, to: Point): Positions => {
    const read = readKey(key);
    if (read?.kind !== "group") return new Map([[key, to]]);
    const { definition, positions } = store.get().history.now;
    const group = groupsOf(definition).find((item) => item.id === read.id);
    const frame = framesOf(definition, positions, heightsOf(definition, store.get().types)).find((item) => item.id === read.id);
    if (group === undefined || frame === undefined) return new Map();
    const by = { x: to.x - frame.x, y: to.y - frame.y };
    return new Map(group.nodes.flatMap((id): [NodeId, Point][] => {
      const point = positions.get(id);
      return point === undefined ? [] : [[id, { x: point.x + by.x, y: point.y + by.y }]];
    }));
  };

  const changeNodes = (changes: readonly NodeChange<CanvasNode>[]) => {
    const moving = new Map<NodeId, Point>();
    const settled = new Map<NodeId, Point>();
    const selected = new Set(store.get().selection.nodes);
    const notes = new Set(store.get().selection.notes);
    for (const item of changes) {
      if (item.type === "position" && item.position !== undefined) for (const [id, point] of movedWith(item.id, item.position)) (item.dragging === true ? moving : settled).set(id, point);
      if (item.type !== "select") continue;
      const key = readKey(item.id);
      if (key === null) selected[item.selected ? "add" : "delete"](item.id);
      else if (key.kind === "note") notes[item.selected ? "add" : "delete"](key.id);
    }
    if (moving.size > 0) {
      isDragging.current = true;
      setDragged((now) => new Map([...now, ...moving]));
    }
    if (settled.size > 0) {
      setDragged(new Map());
      const before = store.get().history.now.positions;
      for (const [key, point] of settled) {
        const read = readKey(key);
        if (read?.kind === "note" && canEdit) moveNote(store, read.id, point);
        if (read !== null) settled.delete(key);
      }
      const really = new Map([...settled].filter(([id, point]) => before.get(id)?.x !== point.x || before.get(id)?.y !== point.y));
      // Each drag is one step of undo; arrow keys that follow each other are one together.
      const topic = isDragging.current ? undefined : `move ${[...really.keys()].join()}`;
      if (canEdit && really.size > 0) move(store, really, topic);
      isDragging.current = false;
    }
    if (changes.some((item) => item.type === "select")) select(store, selected, store.get().selection.connections, notes);
  };

  const changeEdges = (changes: readonly EdgeChange<LinkEdge>[]) => {
    const selected = new Set(store.get().selection.connections);
    for (const item of changes) if (item.type === "select") selected[item.selected ? "add" : "delete"](item.id);
    if (changes.some((item) => item.type === "select")) select(store, store.get().selection.nodes, selected, store.get().selection.notes);
  };

  return { dragged, changeNodes, changeEdges };
}
