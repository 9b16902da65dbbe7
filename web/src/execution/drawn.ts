/** The graph as it was arranged in the builder: nodes at their places, connections as curves between them. */

import { positionOf, type Point } from "../builder/definition/position";
import { connectionKey, typeOf, type ConnectionDefinition, type Definition } from "../builder/definition/types";
import { NODE_HEIGHT, NODE_WIDTH, type Layout, type ConnectionPath } from "./layout";

/** Pixels between connections of the same two nodes. */
const APART = 44;

/** Returns the layout that the positions in a definition make; null if a node has none. */
export function layoutAsDrawn(definition: Definition): Layout | null {
  const nodes = new Map<string, Point>();
  for (const node of definition.nodes) {
    const point = positionOf(node);
    if (point === undefined) return null;
    nodes.set(node.id, point);
  }
  const points = [...nodes.values()];
  const extent = (values: readonly number[], size: number) => Math.max(...values) - Math.min(...values) + size;
  return {
    direction: "LR",
    width: extent(points.map((point) => point.x), NODE_WIDTH),
    height: extent(points.map((point) => point.y), NODE_HEIGHT),
    nodes,
    paths: pathsBetween(definition.connections, nodes),
  };
}

function pathsBetween(connections: readonly ConnectionDefinition[], nodes: ReadonlyMap<string, Point>): ReadonlyMap<string, ConnectionPath> {
  const pairOf = (item: ConnectionDefinition) => JSON.stringify([item.from, item.to]);
  const counts = new Map<string, number>();
  for (const item of connections) counts.set(pairOf(item), (counts.get(pairOf(item)) ?? 0) + 1);
  const seen = new Map<string, number>();
  const paths = new Map<string, ConnectionPath>();
  for (const item of connections) {
    const [from, to, pair] = [nodes.get(item.from), nodes.get(item.to), pairOf(item)];
    if (from === undefined || to === undefined) continue;
    const index = seen.get(pair) ?? 0;
    seen.set(pair, index + 1);
    const bow = (index - ((counts.get(pair) ?? 1) - 1) / 2) * APART;
    paths.set(connectionKey(item), typeOf(item) === "MAIN" ? across(from, to, bow) : upwards(from, to));
  }
  return paths;
}

/** From the right side of a node to the left side of another; a connection that goes back passes below. */
function across(from: Point, to: Point, bow: number): ConnectionPath {
  const source = { x: from.x + NODE_WIDTH, y: from.y + NODE_HEIGHT / 2 };
  const target = { x: to.x, y: to.y + NODE_HEIGHT / 2 };
  const goesBack = target.x < source.x && Math.abs(target.y - source.y) < NODE_HEIGHT;
  const reach = goesBack ? 90 : Math.max(50, Math.abs(target.x - source.x) / 2);
  const down = bow + (goesBack ? 2 * NODE_HEIGHT : 0);
  return curve(source, { x: source.x + reach, y: source.y + down }, { x: target.x - reach, y: target.y + down }, target);
}

/** From the top of the node that supplies something to the bottom of the node that uses it. */
function upwards(from: Point, to: Point): ConnectionPath {
  const source = { x: from.x + NODE_WIDTH / 2, y: from.y };
  const target = { x: to.x + NODE_WIDTH / 2, y: to.y + NODE_HEIGHT };
  const reach = Math.max(30, Math.abs(target.y - source.y) / 2);
  return curve(source, { x: source.x, y: source.y - reach }, { x: target.x, y: target.y + reach }, target);
}

function curve(start: Point, first: Point, second: Point, end: Point): ConnectionPath {
  const middle = (axis: "x" | "y") => (start[axis] + 3 * first[axis] + 3 * second[axis] + end[axis]) / 8;
  return {
    path: `M${start.x} ${start.y} C${first.x} ${first.y} ${second.x} ${second.y} ${end.x} ${end.y}`,
    label: { x: middle("x"), y: middle("y") },
  };
}
