import "@xyflow/react/dist/base.css";
import { Background, BackgroundVariant, ConnectionLineType, ReactFlow, SelectionMode, useReactFlow, useStore } from "@xyflow/react";
import { useMemo, useRef, useState, type DragEvent } from "react";
import { cx } from "../../design";
import { FAR_ZOOM, LARGE_NODES, MANY_NODES } from "../../graph/large";
import { useMoving } from "../../graph/useMoving";
import { errorsByNode } from "../definition/errors";
import type { NodeId } from "../definition/types";
import { add, select } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useErrors } from "../draft/useErrors";
import { GRID, HEAD_HEIGHT, NODE_WIDTH } from "../../graph/layout";
import { PALETTE_DATA } from "../palette/dragging";
import { useHeat } from "../run/useHeat";
import { useViewStore } from "../view/viewStore";
import { CanvasControls } from "./CanvasControls";
import { CanvasMap } from "./CanvasMap";
import { colourOf } from "../../graph/connectionLooks";
import { DrawingReason } from "./DrawingReason";
import { FlowEdges, FlowExtras, FlowNodes, type CanvasNode, type LinkEdge, type NodeOutcome } from "./flow";
import { FrameView } from "./FrameView";
import { readHandle } from "../../graph/outlets";
import { LinkEdgeView } from "./LinkEdgeView";
import { NoteView } from "./NoteView";
import { StepNodeView } from "./StepNodeView";
import { useChanges } from "./useChanges";
import { useDrawing } from "./useDrawing";
import { useCanvasHandle, useFocus, useOpening } from "./useSight";
import { useContextMenu } from "./useContextMenu";
import picture from "../../graph/graph.module.css";
import styles from "./canvas.module.css";

const NODE_TYPES = { step: StepNodeView, note: NoteView, frame: FrameView };
const EDGE_TYPES = { link: LinkEdgeView };
const SNAP: [number, number] = [GRID, GRID];
const NO_NOTES: ReadonlySet<string> = new Set();
const ADD_KEYS = ["Control", "Meta", "Shift"];

const ARIA_LABELS = {
  "node.a11yDescription.default": "Press Enter to select the node, arrow keys to move it, Delete to delete it.",
  "node.a11yDescription.keyboardDisabled": "Press Enter to select the node.",
  "edge.a11yDescription.default": "Press Enter to select the connection, Delete to delete it.",
};

interface CanvasProps {
  readonly outcomes: ReadonlyMap<NodeId, NodeOutcome>;
}

/** The canvas. Only this folder uses React Flow. */
export default function Canvas({ outcomes }: CanvasProps) {
  const store = useBuilderStore();
  const view = useViewStore();
  const definition = useBuilder(definitionOf);
  const canEdit = useBuilder((state) => state.canEdit);
  const isFar = useStore((state) => state.transform[2] < FAR_ZOOM);
  const { isMoving, handlers } = useMoving();
  const { dragged, changeNodes, changeEdges } = useChanges();
  const { drawing, beginDrawing, endDrawing, draw, redraw, isPossible } = useDrawing();
  const { nodes, edges, extras } = useFlow(outcomes, dragged);
  const shown = drawing === null ? nodes : nodes.map((node) => (drawing.impossible.has(node.id) ? { ...node, className: styles.impossible ?? "" } : node));
  const isLarge = definition.nodes.length > LARGE_NODES;
  const drop = useDrop();
  const box = useRef<HTMLDivElement>(null);
  const { sight } = useCanvasHandle(box);
  const reveal = useFocus(sight);
  const open = useOpening();
  const openMenu = useContextMenu();

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- whatever is dropped here can also be added by a click or a key
    <div
      ref={box}
      className={cx(picture.surface, styles.canvas, drawing !== null && styles.drawing, isFar && styles.far, isFar && picture.far, isLarge && isFar && styles.plain, isLarge && isFar && picture.plain, isLarge && isMoving && styles.moving, isLarge && isMoving && picture.moving)}
      role="region"
      aria-label="Canvas"
      onDragOver={(event) => {
        if (canEdit && event.dataTransfer.types.includes(PALETTE_DATA)) event.preventDefault();
      }}
      onDrop={drop}
      onContextMenu={openMenu}
    >
      <ReactFlow<CanvasNode, LinkEdge>
        nodes={extras.length === 0 ? shown : [...extras, ...shown]}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={changeNodes}
        onEdgesChange={changeEdges}
        onConnect={draw}
        onConnectStart={beginDrawing}
        onConnectEnd={endDrawing}
        onReconnect={redraw}
        isValidConnection={isPossible}
        nodesDraggable={canEdit}
        nodesConnectable={canEdit}
        edgesReconnectable={canEdit}
        elementsSelectable
        deleteKeyCode={null}
        multiSelectionKeyCode={ADD_KEYS}
        selectionKeyCode="Shift"
        selectionMode={SelectionMode.Partial}
        snapToGrid
        snapGrid={SNAP}
        connectionRadius={16}
        connectionLineType={ConnectionLineType.Bezier}
        connectionLineStyle={{ stroke: drawing === null ? "var(--edge)" : colourOf(readHandle(drawing.begun.handle).type), strokeWidth: 2 }}
        minZoom={0.1}
        maxZoom={2}
        onNodeClick={(_event, node) => {
          const group = node.type === "frame" ? node.data.frame.nodes : null;
          if (group === null) reveal([node.id], false);
          else select(store, group);
        }}
        onNodeDoubleClick={(_event, node) => {
          if (node.type === "note" && canEdit) view.set({ writing: node.data.note.id });
        }}
        onInit={() => void open()}
        {...handlers}
        onlyRenderVisibleElements={definition.nodes.length > MANY_NODES}
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={ARIA_LABELS}
      >
        {!isLarge && <Background variant={BackgroundVariant.Dots} gap={GRID} size={1.4} color="var(--dots)" />}
        <CanvasMap />
        <CanvasControls />
      </ReactFlow>
      {drawing !== null && <DrawingReason begun={drawing.begun} />}
      {definition.nodes.length === 0 && <NothingDrawn />}
    </div>
  );
}

/** The draft as nodes and edges of React Flow. */
function useFlow(outcomes: CanvasProps["outcomes"], dragged: ReturnType<typeof useChanges>["dragged"]) {
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const positions = useBuilder((state) => state.history.now.positions);
  const selection = useBuilder((state) => state.selection);
  const all = useErrors();
  const { heat } = useHeat();
  const errors = useMemo(() => errorsByNode(all), [all]);
  const erroryConnections = useMemo(() => new Set(all.flatMap((error) => (error.connection === null ? [] : [error.connection]))), [all]);
  const [flowNodes] = useState(() => new FlowNodes());
  const [flowEdges] = useState(() => new FlowEdges());
  const [flowExtras] = useState(() => new FlowExtras());
  const input = { definition, types, positions, selected: selection.nodes, selectedConnections: selection.connections, errors, erroryConnections, outcomes, heat, dragged };
  return { nodes: flowNodes.of(input), edges: flowEdges.of(input), extras: flowExtras.of(input, selection.notes ?? NO_NOTES) };
}

/** Adds the node type that is dropped on the canvas. */
function useDrop() {
  const store = useBuilderStore();
  const view = useViewStore();
  const flow = useReactFlow();
  return (event: DragEvent) => {
    const [type, subtype] = event.dataTransfer.getData(PALETTE_DATA).split("/");
    const found = type === undefined || subtype === undefined ? undefined : store.get().types.of({ type, subtype });
    if (found === undefined) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    view.set({ adding: null });
    add(store, found, { at: { x: at.x - NODE_WIDTH / 2, y: at.y - HEAD_HEIGHT / 2 } });
  };
}

function NothingDrawn() {
  return (
    <div className={styles.nothing}>
      <h2>Nothing is drawn yet</h2>
      <p>Press N, or the + in the corner, to add a node. A workflow begins with a trigger.</p>
    </div>
  );
}
