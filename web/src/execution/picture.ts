import type { Node } from "@xyflow/react";
import type { AssignmentSummary } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { isShallowlySame, kept } from "../graph/kept";
import { graphOf, type GraphConnection, type GraphNode } from "./graph";
import { NODE_HEIGHT, NODE_WIDTH, type Layout } from "./layout";

export type VisitNode = Node<{ readonly node: GraphNode; readonly isSelected: boolean }, "visit">;

const SIZE = { width: NODE_WIDTH, height: NODE_HEIGHT };
const ORIGIN = { x: 0, y: 0 };

/** Makes the nodes that are drawn of an execution. It remembers the last result: whatever did not change is the same object and is not drawn again. */
export class Picture {
  private seen: readonly GraphNode[] = [];
  private nodes: readonly VisitNode[] = [];
  private connections: readonly GraphConnection[] = [];

  of(definition: Definition, assignments: readonly AssignmentSummary[], layout: Layout, selected: string | null): { readonly nodes: readonly VisitNode[]; readonly connections: readonly GraphConnection[] } {
    const graph = graphOf(definition, assignments);
    this.seen = kept(this.seen, graph.nodes, isShallowlySame);
    this.connections = kept(this.connections, graph.connections, isShallowlySame);
    const nodes = this.seen.map((node) => visitNode(node, layout, node.id === selected));
    this.nodes = kept(this.nodes, nodes, isSameVisit);
    return { nodes: this.nodes, connections: this.connections };
  }
}

/** Its size is known and it has no handles, so React Flow has nothing to measure. */
function visitNode(node: GraphNode, layout: Layout, isSelected: boolean): VisitNode {
  return { id: node.id, type: "visit", position: layout.nodes.get(node.id) ?? ORIGIN, ...SIZE, measured: SIZE, handles: [], data: { node, isSelected } };
}

function isSameVisit(one: VisitNode, other: VisitNode): boolean {
  return one.position === other.position && isShallowlySame(one.data, other.data);
}
