import "@xyflow/react/dist/base.css";
import { Background, BackgroundVariant, BaseEdge, EdgeText, Handle, MarkerType, Panel, Position, ReactFlow, type Edge, type EdgeProps, type Node, type NodeProps, type ReactFlowInstance } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { memo, useEffect, useMemo, useRef, useState, type CSSProperties } from "react";
import type { AssignmentSummary } from "../api/types";
import { LARGE_NODES, MANY_NODES } from "../graph/large";
import type { Definition } from "../builder/definition/types";
import { nodeLook } from "../graph/nodeLooks";
import { useMoving } from "../graph/useMoving";
import { between, cx, duration, IconButton, LOOKS, NOT_REACHED, statusClass, StatusSign, Took } from "../design";
import styles from "./graph.module.css";
import { graphOf, withJumps, type ExecutionGraph, type GraphNode } from "./graph";
import { layOut, NODE_HEIGHT, NODE_WIDTH, type Layout, type Way } from "./places";

interface Props {
  readonly definition: Definition;
  readonly assignments: readonly AssignmentSummary[];
  readonly selected: string | null;
  readonly onSelect: (node: string | null) => void;
}

type WayEdge = Edge<{ readonly way: Way | undefined }, "way">;
type VisitNode = Node<{ readonly node: GraphNode; readonly isSelected: boolean; readonly onSelect: (id: string) => void }, "visit">;

const NODE_TYPES = { visit: memo(VisitNodeView) };
const EDGE_TYPES = { way: memo(WayView) };
const FIT = { padding: 0.08, maxZoom: 1.05, minZoom: 0.1 };
/** Below this words cannot be read: nodes are then drawn in the colour of their status. */
const FAR = 0.42;

/** The workflow as it went: what was visited and how, which connections were taken, and what is under way. */
export default function GraphCanvas(props: Props) {
  const [box, room] = useRoom();
  return (
    <div ref={box} className={styles.room}>
      {room && <Canvas {...props} room={room} />}
    </div>
  );
}

function Canvas({ definition: saved, assignments, selected, onSelect, room }: Props & { readonly room: Room }) {
  const definition = useMemo(() => withJumps(saved), [saved]);
  const layout = useMemo(() => layOut(definition, room), [definition, room]);
  const graph = useMemo(() => graphOf(definition, assignments), [definition, assignments]);
  const nodes = useMemo(() => nodesOf(graph, layout, selected, onSelect), [graph, layout, selected, onSelect]);
  const edges = useMemo(() => edgesOf(graph, layout), [graph, layout]);
  const [far, setFar] = useState(false);
  const { isMoving, handlers } = useMoving();
  const large = nodes.length > LARGE_NODES;
  const [flow, setFlow] = useState<ReactFlowInstance<VisitNode, WayEdge> | null>(null);
  useEffect(() => {
    void flow?.fitView(FIT);
  }, [flow, layout]);
  return (
    <ReactFlow<VisitNode, WayEdge>
      onInit={setFlow}
      {...handlers}
      onMove={(_, { zoom }) => setFar(zoom < FAR)}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      fitView
      fitViewOptions={FIT}
      minZoom={0.1}
      maxZoom={2}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      zoomOnDoubleClick={false}
      preventScrolling={false}
      panOnScroll
      zoomActivationKeyCode={["Meta", "Control"]}
      onlyRenderVisibleElements={nodes.length > MANY_NODES}
      onPaneClick={() => onSelect(null)}
      aria-label={`Graph of ${definition.name}`}
      className={cx(styles.flow, far && styles.far, far && large && styles.plain, isMoving && large && styles.still)}
      proOptions={{ hideAttribution: true }}
    >
      {!large && <Background variant={BackgroundVariant.Dots} gap={22} size={1.2} color="var(--border)" />}
      <Panel position="bottom-left" className={styles.zoom ?? ""}>
        <IconButton small label="Zoom in" onClick={() => void flow?.zoomIn({ duration: 120 })}>
          <Plus size={14} />
        </IconButton>
        <IconButton small label="Zoom out" onClick={() => void flow?.zoomOut({ duration: 120 })}>
          <Minus size={14} />
        </IconButton>
        <IconButton small label="Show all" onClick={() => void flow?.fitView({ ...FIT, duration: 220 })}>
          <Maximize size={13} />
        </IconButton>
      </Panel>
    </ReactFlow>
  );
}

function nodesOf(graph: ExecutionGraph, layout: Layout, selected: string | null, onSelect: (id: string) => void): VisitNode[] {
  return graph.nodes.map((node) => ({
    id: node.id,
    type: "visit",
    position: layout.nodes.get(node.id) ?? { x: 0, y: 0 },
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    data: { node, isSelected: node.id === selected, onSelect },
  }));
}

function edgesOf(graph: ExecutionGraph, layout: Layout): WayEdge[] {
  return graph.connections.map((connection) => {
    const color = connection.taken > 0 ? "var(--edge-taken)" : "var(--edge)";
    return {
      id: connection.id,
      type: "way",
      data: { way: layout.ways.get(connection.id) },
      source: connection.from,
      target: connection.to,
      ...(connection.port !== null && { label: connection.taken > 1 ? `${connection.port} ×${connection.taken}` : connection.port }),
      ...(connection.port === null && connection.taken > 1 && { label: `×${connection.taken}` }),
      className: cx(connection.taken > 0 ? styles.taken : styles.untaken, connection.live && styles.moving, connection.supplies && styles.supplies),
      ...(connection.supplies ? {} : { markerEnd: { type: MarkerType.ArrowClosed, width: 11, height: 11, color } }),
      zIndex: connection.taken > 0 ? 1 : 0,
    };
  });
}

function VisitNodeView({ data }: NodeProps<VisitNode>) {
  const { node, isSelected, onSelect } = data;
  const look = node.status === null ? NOT_REACHED : LOOKS[node.status];
  const { icon: Icon, hue } = nodeLook(node.type, node.subtype);
  return (
    <>
      <Handle type="target" position={Position.Left} className={styles.handle} isConnectable={false} />
      <button type="button" className={cx(styles.node, "nopan", node.status === null ? styles.unreached : statusClass(node.status), node.status === "running" && styles.running, node.status === "failed" && styles.failed, isSelected && styles.selected)} aria-pressed={isSelected} onClick={() => onSelect(node.id)}>
        <span className={styles.tile} style={{ "--hue": hue } as CSSProperties} aria-hidden="true">
          <Icon size={16} />
        </span>
        <span className={styles.words}>
          <strong>{node.title}</strong>
          <small>
            {look.label}
            {node.suspended && ", suspended"}
            {node.attempts > 1 && ` · attempt ${node.attempts}`}
            {node.visits === 1 && node.startedAt !== null && node.endedAt !== null && ` · ${duration(between(node.startedAt, node.endedAt, 0))}`}
            {node.startedAt !== null && node.status === "running" && (
              <>
                {" · "}
                <Took from={node.startedAt} to={null} />
              </>
            )}
            <span className="visually-hidden">{spoken(node)}</span>
          </small>
        </span>
        {node.visits > 1 && <span className={styles.visits} aria-hidden="true">×{node.visits}</span>}
        {node.status === null ? <NOT_REACHED.icon size={16} className={styles.quiet} aria-hidden="true" /> : <StatusSign status={node.status} size={16} />}
      </button>
      <Handle type="source" position={Position.Right} className={styles.handle} isConnectable={false} />
    </>
  );
}

/** What a screen reader says beyond what stands there. */
function spoken(node: GraphNode): string {
  const visits = node.visits === 0 ? "" : node.visits === 1 ? ", 1 visit" : `, ${node.visits} visits`;
  return visits + (node.error ? `, ${node.error}` : "");
}

/** The way that the layout found around the nodes. */
function WayView({ data, label, markerEnd }: EdgeProps<WayEdge>) {
  const way = data?.way;
  if (!way) return null;
  return (
    <>
      <BaseEdge path={way.path} {...(markerEnd && { markerEnd })} interactionWidth={0} />
      {label && <EdgeText x={way.label.x} y={way.label.y} label={label} labelBgPadding={[5, 2]} labelBgBorderRadius={4} />}
    </>
  );
}

interface Room {
  readonly width: number;
  readonly height: number;
}

/** The room for the graph. A little more or less of it does not draw anew. */
function useRoom(): [React.RefObject<HTMLDivElement | null>, Room | null] {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<Room | null>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => {
      const next = { width: element.clientWidth, height: element.clientHeight };
      setRoom((now) => (now && Math.abs(now.width - next.width) < 40 && Math.abs(now.height - next.height) < 80 ? now : next));
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [box, room];
}
