import { useReactFlow, type Connection, type OnConnectEnd, type OnConnectStart } from "@xyflow/react";
import { useState } from "react";
import { useToasts } from "../../design";
import type { Point } from "../definition/position";
import type { ConnectionDefinition, NodeId } from "../definition/types";
import { connect, connectAnew } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { candidateOver, impossibleEnds, type Begun } from "./candidate";
import type { LinkEdge } from "./flow";
import { readHandle } from "../../graph/outlets";
import { HEAD_HEIGHT, NODE_WIDTH } from "../../graph/layout";
import { useViewStore } from "../view/viewStore";
import { isPane, pointOf, under } from "./under";

/** A connection that is being drawn. */
export interface Drawing {
  readonly begun: Begun;
  readonly impossible: ReadonlySet<NodeId>;
}

/** Draws connections: from a port to a node, to another end, or to the empty canvas, which asks for a node to add there. */
export function useDrawing() {
  const view = useViewStore();
  const store = useBuilderStore();
  const toasts = useToasts();
  const flow = useReactFlow();
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const [drawing, setDrawing] = useState<Drawing | null>(null);

  const draw = (connection: ConnectionDefinition) => {
    const refusal = connect(store, connection);
    if (refusal !== null) toasts.failed("This cannot be connected", refusal.message);
  };

  const askForNode = (begun: Begun, point: Point) => {
    const { x, y } = flow.screenToFlowPosition(point);
    const at = begun.kind === "source" ? { x, y: y - HEAD_HEIGHT / 2 } : { x: x - NODE_WIDTH, y: y - HEAD_HEIGHT / 2 };
    view.set({ adding: { begun, at, into: null, point } });
  };

  const endDrawing: OnConnectEnd = (event, state) => {
    const begun = drawing?.begun;
    setDrawing(null);
    if (begun === undefined || state.isValid === true) return;
    const point = pointOf(event);
    const over = under(point);
    if (over === null) {
      if (state.toHandle === null && isPane(point)) askForNode(begun, point);
      return;
    }
    if (over.node === begun.node && over.handle === begun.handle) return;
    const candidate = candidateOver(definition, types, begun, over.node, over.handle);
    if (candidate.refusal !== null) toasts.failed("This cannot be connected", candidate.refusal.message);
    else draw(candidate.connection);
  };

  const beginDrawing: OnConnectStart = (_event, start) => {
    if (start.nodeId === null || start.handleType === null) return;
    const begun: Begun = { node: start.nodeId, handle: start.handleId, kind: start.handleType };
    setDrawing({ begun, impossible: impossibleEnds(definition, types, begun) });
  };

  const redraw = (old: LinkEdge, connection: Connection) => {
    const refusal = connectAnew(store, old.id, fromFlow(connection));
    if (refusal !== null) toasts.failed("This cannot be connected", refusal.message);
  };

  const isPossible = (connection: Connection | LinkEdge): boolean => {
    const begun: Begun = { node: connection.source, handle: connection.sourceHandle ?? null, kind: "source" };
    return candidateOver(definitionOf(store.get()), types, begun, connection.target, connection.targetHandle ?? null).refusal === null;
  };

  return { drawing, beginDrawing, endDrawing, draw: (connection: Connection) => draw(fromFlow(connection)), redraw, isPossible };
}

function fromFlow(connection: Connection): ConnectionDefinition {
  const { port, type } = readHandle(connection.sourceHandle);
  return { from: connection.source, to: connection.target, port, type };
}
