import "@xyflow/react/dist/base.css";
import { Background, BackgroundVariant, Panel, ReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { AssignmentSummary } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { cx, IconButton } from "../design";
import { LARGE_NODES, MANY_NODES } from "../graph/large";
import { useMoving } from "../graph/useMoving";
import styles from "./graph.module.css";
import { withJumps } from "./graph";
import { Picture, type VisitNode } from "./picture";
import { layOut } from "./layout";
import { VisitNodeView } from "./VisitNodeView";
import { ConnectionPaths } from "./ConnectionPaths";

interface Props {
  readonly definition: Definition;
  readonly assignments: readonly AssignmentSummary[];
  readonly selected: string | null;
  readonly onSelect: (node: string | null) => void;
}

const NODE_TYPES = { visit: VisitNodeView };
const FIT = { padding: 0.08, maxZoom: 1.05, minZoom: 0.1 };
/** Below this zoom text cannot be read: nodes are then drawn in the colour of their status. */
const FAR = 0.42;

/** The graph of an execution: which nodes were visited and how, which connections were taken, and what is running. */
export default function GraphCanvas(props: Props) {
  const [box, size] = useSize();
  return (
    <div ref={box} className={styles.canvasBox}>
      {size && <Canvas {...props} size={size} />}
    </div>
  );
}

function Canvas({ definition: saved, assignments, selected, onSelect, size }: Props & { readonly size: Size }) {
  const definition = useMemo(() => withJumps(saved), [saved]);
  const layout = useMemo(() => layOut(definition, size), [definition, size]);
  const [picture] = useState(() => new Picture());
  const { nodes, connections } = useMemo(() => picture.of(definition, assignments, layout, selected), [picture, definition, assignments, layout, selected]);
  const [far, setFar] = useState(false);
  const { isMoving, handlers } = useMoving();
  const large = nodes.length > LARGE_NODES;
  const [flow, setFlow] = useState<ReactFlowInstance<VisitNode> | null>(null);
  useEffect(() => {
    void flow?.fitView(FIT);
  }, [flow, layout]);
  return (
    <ReactFlow<VisitNode>
      onInit={setFlow}
      {...handlers}
      onMove={(_, { zoom }) => {
        handlers.onMove();
        setFar(zoom < FAR);
      }}
      nodes={nodes as VisitNode[]}
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
      onNodeClick={(_, node) => onSelect(node.id)}
      onPaneClick={() => onSelect(null)}
      aria-label={`Graph of ${definition.name}`}
      className={cx(styles.flow, far && styles.far, large && styles.large, far && large && styles.plain, isMoving && large && styles.still)}
      proOptions={{ hideAttribution: true }}
    >
      <ConnectionPaths connections={connections} layout={layout} />
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

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of the canvas. Small changes do not cause a new drawing. */
function useSize(): [React.RefObject<HTMLDivElement | null>, Size | null] {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => {
      const next = { width: element.clientWidth, height: element.clientHeight };
      setSize((now) => (now && Math.abs(now.width - next.width) < 40 && Math.abs(now.height - next.height) < 80 ? now : next));
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [box, size];
}
