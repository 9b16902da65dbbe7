import "@xyflow/react/dist/base.css";
import { Background, BackgroundVariant, Handle, MarkerType, Panel, Position, ReactFlow, useReactFlow, ReactFlowProvider, type Edge, type Node, type NodeProps } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { memo, useEffect, useMemo, useSyncExternalStore } from "react";
import type { AssignmentSummary } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { cx, IconButton, LOOKS, NOT_REACHED, statusClass, StatusSign } from "../design";
import styles from "./graph.module.css";
import { graphOf, NODE_HEIGHT, NODE_WIDTH, placesOf, type Direction, type ExecutionGraph, type GraphNode, type Places } from "./graph";

interface Props {
  readonly definition: Definition;
  readonly assignments: readonly AssignmentSummary[];
  readonly selected: string | null;
  readonly onSelect: (node: string | null) => void;
}

type VisitNode = Node<{ readonly node: GraphNode; readonly direction: Direction; readonly isSelected: boolean; readonly onSelect: (id: string) => void }, "visit">;

const NODE_TYPES = { visit: memo(VisitNodeView) };
const FIT = { padding: 0.12, maxZoom: 1.05, minZoom: 0.3 };
const MANY = 150;

/** The workflow as it went: what was visited and how, which connections were taken, and what is under way. */
export default function GraphCanvas(props: Props) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ definition, assignments, selected, onSelect }: Props) {
  const direction: Direction = useIsNarrow() ? "TB" : "LR";
  const places = useMemo(() => placesOf(definition, direction), [definition, direction]);
  const graph = useMemo(() => graphOf(definition, assignments), [definition, assignments]);
  const nodes = useMemo(() => nodesOf(graph, places, direction, selected, onSelect), [graph, places, direction, selected, onSelect]);
  const edges = useMemo(() => edgesOf(graph), [graph]);
  const flow = useReactFlow();
  useEffect(() => {
    void flow.fitView(FIT);
  }, [flow, direction]);
  return (
    <ReactFlow<VisitNode>
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
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
      onlyRenderVisibleElements={nodes.length > MANY}
      onPaneClick={() => onSelect(null)}
      aria-label={`Graph of ${definition.name}`}
      className={styles.flow ?? ""}
      proOptions={{ hideAttribution: true }}
    >
      <Background variant={BackgroundVariant.Dots} gap={22} size={1.2} color="var(--border)" />
      <Panel position="bottom-left" className={styles.zoom ?? ""}>
        <IconButton small label="Zoom in" onClick={() => void flow.zoomIn({ duration: 120 })}>
          <Plus size={14} />
        </IconButton>
        <IconButton small label="Zoom out" onClick={() => void flow.zoomOut({ duration: 120 })}>
          <Minus size={14} />
        </IconButton>
        <IconButton small label="Show all" onClick={() => void flow.fitView({ ...FIT, duration: 220 })}>
          <Maximize size={13} />
        </IconButton>
      </Panel>
    </ReactFlow>
  );
}

function nodesOf(graph: ExecutionGraph, places: Places, direction: Direction, selected: string | null, onSelect: (id: string) => void): VisitNode[] {
  return graph.nodes.map((node) => ({
    id: node.id,
    type: "visit",
    position: places.get(node.id) ?? { x: 0, y: 0 },
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    data: { node, direction, isSelected: node.id === selected, onSelect },
  }));
}

function edgesOf(graph: ExecutionGraph): Edge[] {
  return graph.connections.map((connection) => {
    const color = connection.taken > 0 ? "var(--edge-taken)" : "var(--edge)";
    return {
      id: connection.id,
      source: connection.from,
      target: connection.to,
      ...(connection.port !== null && { label: connection.taken > 1 ? `${connection.port} ×${connection.taken}` : connection.port }),
      ...(connection.port === null && connection.taken > 1 && { label: `×${connection.taken}` }),
      className: cx(connection.taken > 0 ? styles.taken : styles.untaken, connection.live && styles.moving, connection.supplies && styles.supplies),
      labelBgPadding: [5, 2],
      labelBgBorderRadius: 4,
      ...(connection.supplies ? {} : { markerEnd: { type: MarkerType.ArrowClosed, width: 15, height: 15, color } }),
      zIndex: connection.taken > 0 ? 1 : 0,
    };
  });
}

function VisitNodeView({ data }: NodeProps<VisitNode>) {
  const { node, direction, isSelected, onSelect } = data;
  const [from, to] = direction === "LR" ? [Position.Left, Position.Right] : [Position.Top, Position.Bottom];
  const look = node.status === null ? NOT_REACHED : LOOKS[node.status];
  return (
    <>
      <Handle type="target" position={from} className={styles.handle} isConnectable={false} />
      <button type="button" className={cx(styles.node, "nopan", node.status === null ? styles.unreached : statusClass(node.status), isSelected && styles.selected, node.status === "running" && styles.running)} aria-pressed={isSelected} aria-label={spoken(node, look.label)} onClick={() => onSelect(node.id)}>
        {node.status === null ? <NOT_REACHED.icon size={17} className={styles.quiet} aria-hidden="true" /> : <StatusSign status={node.status} size={17} />}
        <span className={styles.words}>
          <strong>{node.title}</strong>
          <small>
            {look.label}
            {node.suspended && ", suspended"}
            {node.attempts > 1 && ` · attempt ${node.attempts}`}
          </small>
        </span>
        {node.visits > 1 && <span className={styles.visits}>×{node.visits}</span>}
      </button>
      <Handle type="source" position={to} className={styles.handle} isConnectable={false} />
    </>
  );
}

function spoken(node: GraphNode, status: string): string {
  const visits = node.visits === 0 ? "" : node.visits === 1 ? ", 1 visit" : `, ${node.visits} visits`;
  const attempts = node.attempts > 1 ? `, attempt ${node.attempts}` : "";
  return `${node.title}: ${status.toLowerCase()}${visits}${attempts}${node.error ? `, ${node.error}` : ""}`;
}

const narrow = globalThis.matchMedia("(max-width: 720px)");

/** On a phone the graph goes from top to bottom. */
function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener("change", listener);
      return () => narrow.removeEventListener("change", listener);
    },
    () => narrow.matches,
  );
}
