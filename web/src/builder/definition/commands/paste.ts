import { parseJson } from "../../../json/parseJson";
import { freshId } from "../ids";
import type { NodeTypes } from "../nodeTypes";
import { placedAt, positionOf, type Point } from "../position";
import { readDefinition } from "../read";
import { isList, isObject, isRefusal, refuse, type Definition, type Json, type NodeId, type Refusal } from "../types";
import { withNamesFollowing } from "./follow";
import { between, type Piece } from "./piece";

/** Reads a part from text: one that was copied here, or any definition or list of nodes in JSON or YAML. What reads YAML is loaded when it is needed. */
export async function pieceFromText(text: string): Promise<Piece | Refusal> {
  const plain = text.replace(/^\ufeff/, "");
  const raw = fromJson(plain) ?? (await fromYaml(plain));
  const whole = isList(raw) ? { nodes: raw } : raw;
  if (!isObject(whole)) return refuse("not-a-piece", "The clipboard does not contain a part of a workflow. Copy nodes, or the text of a workflow in YAML or JSON.");
  const definition = readDefinition({ name: "pasted", ...whole });
  if (isRefusal(definition)) return definition;
  if (definition.nodes.length === 0) return refuse("nothing", "The clipboard contains no nodes.");
  const ids = new Set(definition.nodes.map((node) => node.id));
  return { nodes: definition.nodes, connections: between(definition.connections, ids), copiedFrom: typeof whole.copied_from === "string" ? whole.copied_from : null };
}

function fromJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

async function fromYaml(text: string): Promise<Json | undefined> {
  const { isTextProblem, readText } = await import("../text");
  const read = readText(text, "yaml");
  return isTextProblem(read) ? undefined : (read.value as Json);
}

export interface Pasted {
  readonly definition: Definition;
  readonly ids: readonly NodeId[];
  /** The nodes that the part names and that were not copied with it: each has to be chosen anew. */
  readonly missing: readonly NodeId[];
}

/** No id has this form, so the name of a node that was left behind can mean no other node. */
export const notCopied = (id: NodeId): string => (id.endsWith(" (not copied)") ? id : `${id} (not copied)`);

/**
 * Returns the definition with a part added. Its nodes get free ids, and positions this far from where they were copied. What names a node of the part
 * names its copy from now on. What names another node still names it if the part comes home to the workflow that it was copied from; elsewhere a
 * stranger may have that name, so it names no node until somebody chooses one.
 */
export function paste(definition: Definition, types: NodeTypes, piece: Piece, shift: Point, isHome: boolean): Pasted {
  const renamed = new Map<NodeId, NodeId>();
  const taken = new Set(definition.nodes.map((node) => node.id));
  for (const node of piece.nodes) {
    const id = freshId(taken, node.id);
    taken.add(id);
    renamed.set(node.id, id);
  }
  const missing = new Set<NodeId>();
  const renaming = (id: NodeId): NodeId => {
    const copy = renamed.get(id);
    if (copy !== undefined || isHome || id === "") return copy ?? id;
    missing.add(id);
    return notCopied(id);
  };
  const nodes = piece.nodes.map((node) => {
    const point = positionOf(node);
    const moved = point === undefined ? node : placedAt(node, { x: point.x + shift.x, y: point.y + shift.y });
    return withNamesFollowing({ ...moved, id: renaming(node.id) }, types, renaming);
  });
  const connections = piece.connections.map((item) => ({ ...item, from: renaming(item.from), to: renaming(item.to) }));
  const next = { ...definition, nodes: [...definition.nodes, ...nodes], connections: [...definition.connections, ...connections] };
  return { definition: next, ids: [...renamed.values()], missing: [...missing] };
}
