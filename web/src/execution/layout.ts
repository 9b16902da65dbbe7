import dagre from "@dagrejs/dagre";
import { connectionKey, portOf, type Definition } from "../builder/definition/types";
import { layoutAsDrawn } from "./drawn";

export const NODE_WIDTH = 204;
export const NODE_HEIGHT = 58;
const LABEL_CHARACTER = 6.4;
const MANY = 400;

export type Direction = "LR" | "TB";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The path of a connection around the nodes between its ends, and the position of its label. */
export interface ConnectionPath {
  readonly path: string;
  readonly label: Point;
}

export interface Layout {
  readonly direction: Direction;
  readonly width: number;
  readonly height: number;
  /** Of the upper left corners. */
  readonly nodes: ReadonlyMap<string, Point>;
  readonly paths: ReadonlyMap<string, ConnectionPath>;
}

/** Returns the arrangement that people made, else a layout from left to right or from top to bottom, whichever fits the canvas with a larger zoom. */
export function layOut(definition: Definition, size: { readonly width: number; readonly height: number }): Layout {
  const drawn = layoutAsDrawn(definition);
  if (drawn !== null) return drawn;
  const across = layOutAlong(definition, "LR");
  const fits = (layout: Layout) => Math.min(1, size.width / layout.width, size.height / layout.height);
  if (fits(across) >= 0.85) return across;
  const down = layOutAlong(definition, "TB");
  return fits(down) > fits(across) * 1.15 ? down : across;
}

/** Returns a position for every node and a path for every connection, always the same for the same definition. */
export function layOutAlong(definition: Definition, direction: Direction): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  const isAcross = direction === "LR";
  graph.setGraph({ rankdir: direction, nodesep: isAcross ? 30 : 34, ranksep: isAcross ? 44 : 36, edgesep: 18, marginx: 6, marginy: 6, ranker: definition.nodes.length > MANY ? "longest-path" : "network-simplex" });
  for (const node of definition.nodes) graph.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const connection of definition.connections) {
    if (!graph.hasNode(connection.from) || !graph.hasNode(connection.to)) continue;
    const port = portOf(connection);
    const width = port === "main" ? 22 : (port.length + 4) * LABEL_CHARACTER;
    graph.setEdge(connection.from, connection.to, { weight: port === "error" ? 1 : 3, width: isAcross ? width : Math.min(width, 60), height: 16, labelpos: "c" }, connectionKey(connection));
  }
  dagre.layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    direction,
    width: size.width ?? 1,
    height: size.height ?? 1,
    nodes: new Map(
      graph.nodes().map((id) => {
        const { x, y } = graph.node(id) as Point;
        return [id, { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 }];
      }),
    ),
    paths: new Map(
      graph.edges().map((edge) => {
        const { points, x, y } = graph.edge(edge) as Point & { points: Point[] };
        const ends = [graph.node(edge.v) as Point, graph.node(edge.w) as Point] as const;
        const way: ConnectionPath = { path: smoothPath(fromSideToSide(points, ...ends, isAcross)), label: { x, y } };
        return [edge.name ?? "", way];
      }),
    ),
  };
}

/** A connection forward goes from the middle of one side to the middle of the other; one that goes back follows the layout. */
function fromSideToSide(points: readonly Point[], from: Point, to: Point, isAcross: boolean): readonly Point[] {
  const [dx, dy] = isAcross ? [NODE_WIDTH / 2, 0] : [0, NODE_HEIGHT / 2];
  const first = { x: from.x + dx, y: from.y + dy };
  const last = { x: to.x - dx, y: to.y - dy };
  const isForth = isAcross ? first.x < last.x : first.y < last.y;
  return isForth ? [first, ...points.slice(1, -1), last] : points;
}

/** Returns a curve through the middles between the points, from the first to the last. */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return "";
  const middles = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? last;
    const isLastCorner = index === rest.length - 2;
    const end = isLastCorner ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${round(point.x)} ${round(point.y)} ${round(end.x)} ${round(end.y)}`;
  });
  return `M${round(first.x)} ${round(first.y)} ${middles.length > 0 ? middles.join(" ") : `L${round(last.x)} ${round(last.y)}`}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
