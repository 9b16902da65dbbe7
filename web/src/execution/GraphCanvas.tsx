import "@xyflow/react/dist/base.css";
import { Background, BackgroundVariant, Panel, ReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useEffect, useEffectEvent, useMemo, useState } from "react";
import type { AssignmentSummary } from "../api/types";
import type { NodeTypes } from "../builder/definition/nodeTypes";
import type { Definition } from "../builder/definition/types";
import { cx, IconButton } from "../design";
import { LARGE_NODES, MANY_NODES } from "../graph/large";
import { useMoving } from "../graph/useMoving";
import picture from "../graph/graph.module.css";
import styles from "./graph.module.css";
import { extrasOf, FrameView, NoteView, type ExtraNode } from "./extras";
import { Picture, sceneOf, type VisitNode } from "./picture";
import { VisitNodeView } from "./VisitNodeView";
import { ConnectionPaths } from "./ConnectionPaths";

interface Props {
  readonly definition: Definition;
  readonly types: NodeTypes;
  readonly assignments: readonly AssignmentSummary[];
  readonly selected: string | null;
  readonly onSelect: (node: string | null) => void;
}

const NODE_TYPES = { visit: VisitNodeView, note: NoteView, frame: FrameView };
const FIT = { padding: 0.08, maxZoom: 1.05, minZoom: 0.1 };
/** Below this zoom text cannot be read: nodes are then drawn in the colour of their status. */
const FAR = 0.42;
/** At this zoom a phone shows a node and what is beside it. */
const READABLE = 0.8;

/** The graph of an execution, drawn as in the builder: which nodes were visited and how, which connections were taken, and what is running. */
export default function GraphCanvas({ definition, types, assignments, selected, onSelect }: Props) {
  const scene = useMemo(() => sceneOf(definition, types), [definition, types]);
  const extras = useMemo(() => extrasOf(definition, types, scene.positions), [definition, types, scene]);
  const [memory] = useState(() => new Picture());
  const { nodes, connections } = useMemo(() => memory.of(definition, assignments, scene, selected), [memory, definition, assignments, scene, selected]);
  const all = useMemo(() => [...extras, ...nodes], [extras, nodes]);
  const [far, setFar] = useState(false);
  const { isMoving, handlers } = useMoving();
  const large = nodes.length > LARGE_NODES;
  const [flow, setFlow] = useState<ReactFlowInstance<VisitNode | ExtraNode> | null>(null);
  const [box, size] = useSize();
  const open = useEffectEvent(() => void show(flow, nodes));
  useEffect(() => open(), [flow, scene, size]);
  return (
    <div ref={box} className={styles.canvasBox}>
      <ReactFlow<VisitNode | ExtraNode>
        onInit={setFlow}
        {...handlers}
        onMove={(_, { zoom }) => {
          handlers.onMove();
          setFar(zoom < FAR);
        }}
        nodes={all}
        nodeTypes={NODE_TYPES}
        fitView
        fitViewOptions={FIT}
        minZoom={0.1}
        maxZoom={2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        panOnScroll
        zoomActivationKeyCode={["Meta", "Control"]}
        onlyRenderVisibleElements={nodes.length > MANY_NODES}
        onNodeClick={(_, node) => node.type === "visit" && onSelect(node.id)}
        onPaneClick={() => onSelect(null)}
        aria-label={`Graph of ${definition.name}`}
        className={cx(picture.surface, styles.flow, far && styles.far, far && picture.far, large && styles.large, far && large && styles.plain, far && large && picture.plain, isMoving && large && styles.still, isMoving && large && picture.moving)}
        proOptions={{ hideAttribution: true }}
      >
        <ConnectionPaths connections={connections} />
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
    </div>
  );
}

/** Shows the whole graph; on a phone, if nothing could be read then, the node where something failed or goes on. */
async function show(flow: ReactFlowInstance<VisitNode | ExtraNode> | null, nodes: readonly VisitNode[]): Promise<void> {
  await flow?.fitView(FIT);
  if (flow === null || flow.getZoom() >= FAR || !globalThis.matchMedia("(max-width: 720px)").matches) return;
  const visited = nodes.filter(({ data }) => data.node.status !== null);
  const wanted = visited.find(({ data }) => data.node.status === "failed") ?? visited.find(({ data }) => data.node.endedAt === null) ?? visited.at(-1) ?? nodes[0];
  if (wanted !== undefined) await flow.setCenter(wanted.position.x + wanted.data.drawn.width / 2, wanted.position.y + wanted.data.drawn.height / 2, { zoom: READABLE });
}

/** The size of the canvas. Small changes do not move the graph. */
function useSize(): [(element: HTMLDivElement | null) => void, string] {
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (element === null) return;
    const watch = new ResizeObserver(() => {
      const next = { width: element.clientWidth, height: element.clientHeight };
      setSize((now) => (Math.abs(now.width - next.width) < 40 && Math.abs(now.height - next.height) < 80 ? now : next));
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [element]);
  return [setElement, `${size.width} × ${size.height}`];
}
