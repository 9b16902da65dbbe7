import type { Node } from "@xyflow/react";
import type { AssignmentSummary } from "../api/types";
import type { NodeTypes } from "../builder/definition/nodeTypes";
import type { Definition, NodeId } from "../builder/definition/types";
import { arrange } from "../graph/arrange";
import { drawnNode, usedBy, wayOf, type Drawn } from "../graph/drawn";
import { isShallowlySame, kept } from "../graph/kept";
import type { Positions } from "../graph/layout";
import type { Way } from "../graph/paths";
import { graphOf, linesOf, type GraphConnection, type GraphNode } from "./graph";

export type VisitNode = Node<{ readonly node: GraphNode; readonly drawn: Drawn; readonly isSelected: boolean }, "visit">;

/** A connection with what happened on it, and its way. */
export interface TakenWay extends GraphConnection {
  readonly id: string;
  readonly way: Way;
}

/** Where everything stands: what no execution changes. */
export interface Scene {
  readonly positions: Positions;
  readonly drawn: ReadonlyMap<NodeId, Drawn>;
  readonly ways: ReadonlyMap<string, Way>;
}

/** Draws a definition as the builder does. */
export function sceneOf(definition: Definition, types: NodeTypes): Scene {
  const { positions } = arrange(definition, types);
  const used = usedBy(definition);
  const drawn = new Map(definition.nodes.map((node) => [node.id, drawnNode(node, types, used.get(node.id))]));
  const ways = new Map<string, Way>();
  for (const line of linesOf(definition)) {
    const way = wayOf(line, drawn, positions);
    if (way !== null) ways.set(line.key, way);
  }
  return { positions, drawn, ways };
}

const ORIGIN = { x: 0, y: 0 };

/** Makes what is drawn of an execution. It remembers the last result: whatever did not change is the same object and is not drawn again. */
export class Picture {
  private seen: readonly GraphNode[] = [];
  private nodes: readonly VisitNode[] = [];
  private connections: readonly TakenWay[] = [];

  of(definition: Definition, assignments: readonly AssignmentSummary[], scene: Scene, selected: string | null): { readonly nodes: readonly VisitNode[]; readonly connections: readonly TakenWay[] } {
    const graph = graphOf(definition, assignments);
    this.seen = kept(this.seen, graph.nodes, isShallowlySame);
    this.nodes = kept(this.nodes, this.seen.flatMap((node) => visitNode(node, scene, node.id === selected)), isSameVisit);
    this.connections = kept(this.connections, graph.connections.flatMap((connection) => takenWay(connection, scene)), isSameWay);
    return { nodes: this.nodes, connections: this.connections };
  }
}

/** Its size is known and it has no handles, so React Flow has nothing to measure. */
function visitNode(node: GraphNode, scene: Scene, isSelected: boolean): VisitNode[] {
  const drawn = scene.drawn.get(node.id);
  if (drawn === undefined) return [];
  const size = { width: drawn.width, height: drawn.height };
  return [{ id: node.id, type: "visit", position: scene.positions.get(node.id) ?? ORIGIN, ...size, measured: size, handles: [], data: { node, drawn, isSelected } }];
}

function takenWay(connection: GraphConnection, scene: Scene): TakenWay[] {
  const way = scene.ways.get(connection.line.key);
  return way === undefined ? [] : [{ ...connection, id: connection.line.key, way }];
}

function isSameVisit(one: VisitNode, other: VisitNode): boolean {
  return one.position === other.position && isShallowlySame(one.data, other.data);
}

function isSameWay(one: TakenWay, other: TakenWay): boolean {
  return one.taken === other.taken && one.live === other.live && one.way === other.way;
}
