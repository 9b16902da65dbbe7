import { idProblem } from "../ids";
import { isList, isObject, refuse, type Definition, type Json, type NodeDefinition, type NodeId, type Refusal } from "../types";

/**
 * Returns the definition with a node under another id, or why it cannot have it. Its connections, the GOTOs that lead to it, and the expressions
 * that name it (`nodes['id']`, `nodes.id`) follow.
 */
export function renameNode(definition: Definition, before: NodeId, after: NodeId): Definition | Refusal {
  if (before === after) return definition;
  const problem = idProblem(definition, after, before);
  if (problem !== null) return refuse("bad-id", problem);
  const end = (id: NodeId): NodeId => (id === before ? after : id);
  return {
    ...definition,
    nodes: definition.nodes.map((node) => renamedIn(node, before, after)),
    connections: definition.connections.map((item) => (item.from === before || item.to === before ? { ...item, from: end(item.from), to: end(item.to) } : item)),
  };
}

function renamedIn(node: NodeDefinition, before: NodeId, after: NodeId): NodeDefinition {
  const own = node.id === before ? { ...node, id: after } : node;
  const leads = own.type === "FLOW_NODE" && own.subtype === "GOTO" && own.parameters?.target === before;
  const parameters = leads ? { ...own.parameters, target: after } : own.parameters;
  const followed = parameters === undefined ? undefined : inValue(parameters, reference(before), after);
  return followed === own.parameters || followed === undefined ? own : { ...own, parameters: followed as NodeDefinition["parameters"] } as NodeDefinition;
}

function reference(id: NodeId): RegExp {
  const escaped = id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const dotted = /^[A-Za-z_]\w*$/.test(id) ? `|(?<![\\w.])nodes\\.${escaped}(?![\\w])` : "";
  return new RegExp(`(?<![\\w.])nodes\\[(['"])${escaped}\\1\\]${dotted}`, "g");
}

function inValue(value: Json, pattern: RegExp, after: NodeId): Json {
  if (typeof value === "string") {
    const isName = /^[A-Za-z_]\w*$/.test(after);
    return value.replace(pattern, (_match, quote: string | undefined) => (quote === undefined && isName ? `nodes.${after}` : `nodes[${quote ?? "'"}${after}${quote ?? "'"}]`));
  }
  if (isList(value)) {
    const items = value.map((item) => inValue(item, pattern, after));
    return items.some((item, position) => item !== value[position]) ? items : value;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, item === undefined ? item : inValue(item, pattern, after)] as const);
  return entries.some(([key, item]) => item !== value[key]) ? Object.fromEntries(entries) : value;
}
