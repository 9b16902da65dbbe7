import "@xyflow/react/dist/base.css";
import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStore,
  useStoreApi,
  type Connection,
  type EdgeChange,
  type NodeChange,
  type OnConnectEnd,
} from "@xyflow/react";
import { useEffect, useMemo, useRef, useState, type DragEvent } from "react";
import { cx, useToasts } from "../../design";
import { errorsByNode } from "../definition/errors";
import type { ConnectionDefinition, NodeId } from "../definition/types";
import { useErrors } from "../draft/useErrors";
import { add, connect, connectAnew, move, select } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { GRID, type Positions } from "../layout/layout";
import { PALETTE_DATA } from "../palette/dragging";
import { candidateOver, impossibleEnds, type Begun } from "./candidate";
import { CanvasControls } from "./CanvasControls";
import { colourOf } from "./connectionLooks";
import { FlowEdges, FlowNodes, type LinkEdge, type NodeOutcome, type StepNode } from "./flow";
import { readHandle } from "./geometry";
import { FAR_ZOOM, LARGE_NODES, MANY_NODES } from "../../graph/large";
import { LinkEdgeView } from "./LinkEdgeView";
import { nodeLook } from "../../graph/nodeLooks";
import { StepNodeView } from "./StepNodeView";
import { useMoving } from "../../graph/useMoving";
import styles from "./canvas.module.css";

const NODE_TYPES = { step: StepNodeView };
const EDGE_TYPES = { link: LinkEdgeView };
const SNAP: [number, number] = [GRID, GRID];
const FIT = { padding: 0.06, maxZoom: 1 };
/** Below this zoom the names of nodes are hard to read. */
const READABLE = 0.6;
/** A graph that is visible as a whole needs no map. */
const MAPPED = 12;
const ADD_KEYS = ["Control", "Meta", "Shift"];

interface Drawing {
  readonly begun: Begun;
  readonly impossible: ReadonlySet<NodeId>;
}

interface CanvasProps {
  readonly outcomes: ReadonlyMap<NodeId, NodeOutcome>;
  /** Called when a connection was dropped on the empty canvas, to ask which node to add there. */
  readonly onAddFrom: (begun: Begun, at: { x: number; y: number }) => void;
}

/** The canvas. Only this folder uses React Flow. */
export default function Canvas({ outcomes, onAddFrom }: CanvasProps) {
  const store = useBuilderStore();
  const toasts = useToasts();
  const flow = useReactFlow();
  const isFar = useStore((state) => state.transform[2] < FAR_ZOOM);
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const positions = useBuilder((state) => state.history.now.positions);
  const selection = useBuilder((state) => state.selection);
  const canEdit = useBuilder((state) => state.canEdit);
  const all = useErrors();
  const errors = useMemo(() => errorsByNode(all), [all]);
  const erroryConnections = useMemo(() => new Set(all.flatMap((error) => (error.connection === null ? [] : [error.connection]))), [all]);
  const [dragged, setDragged] = useState<Positions>({});
  const isDragging = useRef(false);
  const { isMoving, handlers } = useMoving();
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const [flowNodes] = useState(() => new FlowNodes());
  const [flowEdges] = useState(() => new FlowEdges());
  const input = { definition, types, positions, selected: selection.nodes, selectedConnections: selection.connections, errors, erroryConnections, outcomes, dragged };
  const drawn = flowNodes.of(input);
  const nodes = drawing === null ? drawn : drawn.map((node) => (drawing.impossible.has(node.id) ? { ...node, className: styles.impossible ?? "" } : node));
  const edges = flowEdges.of(input);
  const isLarge = definition.nodes.length > LARGE_NODES;
  useFocus();
  const open = useOpening();

  const changeNodes = (changes: readonly NodeChange<StepNode>[]) => {
    const moving: Record<NodeId, { x: number; y: number }> = {};
    const settled: Record<NodeId, { x: number; y: number }> = {};
    const selected = new Set(store.get().selection.nodes);
    for (const item of changes) {
      if (item.type === "position" && item.position !== undefined) (item.dragging === true ? moving : settled)[item.id] = item.position;
      if (item.type === "select") selected[item.selected ? "add" : "delete"](item.id);
    }
    if (Object.keys(moving).length > 0) {
      isDragging.current = true;
      setDragged((now) => ({ ...now, ...moving }));
    }
    if (Object.keys(settled).length > 0) {
      setDragged({});
      const before = store.get().history.now.positions;
      const really = Object.fromEntries(Object.entries(settled).filter(([id, point]) => before[id]?.x !== point.x || before[id].y !== point.y));
      // Each drag is one step of undo; arrow keys that follow each other are one together.
      const topic = isDragging.current ? undefined : `move ${Object.keys(really).join()}`;
      if (canEdit && Object.keys(really).length > 0) move(store, really, topic);
      isDragging.current = false;
    }
    if (changes.some((item) => item.type === "select")) select(store, selected, store.get().selection.connections);
  };

  const changeEdges = (changes: readonly EdgeChange<LinkEdge>[]) => {
    const selected = new Set(store.get().selection.connections);
    for (const item of changes) if (item.type === "select") selected[item.selected ? "add" : "delete"](item.id);
    if (changes.some((item) => item.type === "select")) select(store, store.get().selection.nodes, selected);
  };

  const draw = (connection: ConnectionDefinition) => {
    const refusal = connect(store, connection);
    if (refusal !== null) toasts.failed("This cannot be connected", refusal.message);
  };

  const endDrawing: OnConnectEnd = (event, state) => {
    const begun = drawing?.begun;
    setDrawing(null);
    if (begun === undefined || state.isValid === true) return;
    const point = pointOf(event);
    const over = under(point);
    if (over === null) {
      if (state.toHandle === null && isPane(point)) onAddFrom(begun, flow.screenToFlowPosition(point));
      return;
    }
    if (over.node === begun.node && over.handle === begun.handle) return;
    const candidate = candidateOver(definition, types, begun, over.node, over.handle);
    if (candidate.refusal !== null) toasts.failed("This cannot be connected", candidate.refusal.message);
    else draw(candidate.connection);
  };

  const drop = (event: DragEvent) => {
    const [type, subtype] = event.dataTransfer.getData(PALETTE_DATA).split("/");
    const found = type === undefined || subtype === undefined ? undefined : types.of({ type, subtype });
    if (found === undefined) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    add(store, found, { x: at.x - 110, y: at.y - 28 });
  };

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- whatever is dropped here can also be added by a click or a key
    <div
      className={cx(styles.canvas, drawing !== null && styles.drawing, isFar && styles.far, isLarge && isFar && styles.plain, isLarge && isMoving && styles.moving)}
      role="region"
      aria-label="Canvas"
      onDragOver={(event) => {
        if (canEdit && event.dataTransfer.types.includes(PALETTE_DATA)) event.preventDefault();
      }}
      onDrop={drop}
    >
      <ReactFlow<StepNode, LinkEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={changeNodes}
        onEdgesChange={changeEdges}
        onConnect={(connection) => draw(fromFlow(connection))}
        onConnectStart={(_event, start) => {
          if (start.nodeId === null || start.handleType === null) return;
          const begun: Begun = { node: start.nodeId, handle: start.handleId, kind: start.handleType };
          setDrawing({ begun, impossible: impossibleEnds(definition, types, begun) });
        }}
        onConnectEnd={endDrawing}
        onReconnect={(old, connection) => {
          const refusal = connectAnew(store, old.id, fromFlow(connection));
          if (refusal !== null) toasts.failed("This cannot be connected", refusal.message);
        }}
        isValidConnection={(connection) => isPossible(store, connection)}
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
        onInit={() => void open()}
        {...handlers}
        onlyRenderVisibleElements={definition.nodes.length > MANY_NODES}
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={ARIA_LABELS}
      >
        {!isLarge && <Background variant={BackgroundVariant.Dots} gap={GRID} size={1.4} color="var(--dots)" />}
        {definition.nodes.length >= MAPPED && (
          <MiniMap<StepNode>
            className={styles.minimap ?? ""}
            pannable
            zoomable
            ariaLabel="Map of the workflow"
            nodeColor={colourOnMap}
            nodeBorderRadius={14}
            maskColor="var(--map-mask)"
          />
        )}
        <CanvasControls />
      </ReactFlow>
      {drawing !== null && <DrawingReason begun={drawing.begun} />}
      {definition.nodes.length === 0 && (
        <div className={styles.nothing}>
          <h2>Nothing is drawn yet</h2>
          <p>Drag a node here, or choose one in the palette. A workflow begins with a trigger.</p>
        </div>
      )}
    </div>
  );
}

function colourOnMap(node: StepNode): string {
  return node.data.errorCount > 0 ? "var(--failed)" : `oklch(var(--edge-l) 0.09 ${nodeLook(node.data.type, node.data.subtype).hue})`;
}

const ARIA_LABELS = {
  "node.a11yDescription.default": "Press Enter to select the node, arrow keys to move it, Delete to delete it.",
  "node.a11yDescription.keyboardDisabled": "Press Enter to select the node.",
  "edge.a11yDescription.default": "Press Enter to select the connection, Delete to delete it.",
};

/** Says beside the pointer what dropping the connection here would do, or why it is not possible. */
function DrawingReason({ begun }: { readonly begun: Begun }) {
  const store = useBuilderStore();
  const label = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState<{ text: string; refused: boolean } | null>(null);
  useEffect(() => {
    const follow = (event: PointerEvent | TouchEvent) => {
      const point = pointOf(event);
      if (label.current !== null) label.current.style.translate = `${point.x + 16}px ${point.y + 18}px`;
      const over = under(point);
      if (over === null || (over.node === begun.node && over.handle === begun.handle)) { setSaid(null); return; }
      const { history, types } = store.get();
      const { connection, refusal } = candidateOver(history.now.definition, types, begun, over.node, over.handle);
      const text = refusal?.message ?? `Connect ${connection.from}${connection.port === undefined || connection.port === "main" ? "" : ` (${connection.port})`} to ${connection.to}`;
      setSaid((now) => (now?.text === text ? now : { text, refused: refusal !== null }));
    };
    globalThis.addEventListener("pointermove", follow);
    globalThis.addEventListener("touchmove", follow);
    return () => {
      globalThis.removeEventListener("pointermove", follow);
      globalThis.removeEventListener("touchmove", follow);
    };
  }, [begun, store]);
  return (
    <div ref={label} className={cx(styles.reason, said?.refused === true && styles.refused, said === null && styles.silent)} role="status" data-testid="connection-reason">
      {said?.text}
    </div>
  );
}

/** Brings a node into view when a list asks for it. */
function useFocus(): void {
  const { fitView } = useReactFlow();
  const focus = useBuilder((state) => state.focus);
  useEffect(() => {
    if (focus === null) return;
    const timer = setTimeout(() => void fitView({ nodes: [{ id: focus.id }], padding: 0.4, maxZoom: 1, duration: 220 }), 30);
    return () => clearTimeout(timer);
  }, [focus, fitView]);
}

/** The first view: the whole graph if its names can be read then, else its beginning. */
function useOpening(): () => Promise<void> {
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

function fromFlow(connection: Connection | LinkEdge): ConnectionDefinition {
  const { port, type } = readHandle(connection.sourceHandle);
  return { from: connection.source, to: connection.target, port, type };
}

function isPossible(store: ReturnType<typeof useBuilderStore>, connection: Connection | LinkEdge): boolean {
  const { history, types } = store.get();
  const begun: Begun = { node: connection.source, handle: connection.sourceHandle ?? null, kind: "source" };
  return candidateOver(history.now.definition, types, begun, connection.target, connection.targetHandle ?? null).refusal === null;
}

function pointOf(event: MouseEvent | TouchEvent): { x: number; y: number } {
  const touch = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: touch?.clientX ?? 0, y: touch?.clientY ?? 0 };
}

/** Returns the node under a point of the screen, and the handle if there is one. */
function under(point: { x: number; y: number }): { node: NodeId; handle: string | null } | null {
  for (const element of document.elementsFromPoint(point.x, point.y)) {
    const node = element.closest<HTMLElement>(".react-flow__node")?.dataset.id;
    if (node !== undefined) return { node, handle: element.closest<HTMLElement>(".react-flow__handle")?.dataset.handleid ?? null };
  }
  return null;
}

function isPane(point: { x: number; y: number }): boolean {
  return document.elementFromPoint(point.x, point.y)?.closest(".react-flow__pane, .react-flow__background, .react-flow__edges") != null;
}
