import { listed } from "../drawing";
import { isList, refuse, type Definition, type Json, type JsonObject, type NodeId, type Refusal } from "../types";
import { freshName, withList } from "./notes";

/** Returns the definition with these nodes in a new group. They leave the groups in which they are: a node is in one group at most. */
export function groupNodes(definition: Definition, ids: ReadonlySet<NodeId>, name: string): Definition | Refusal {
  const nodes = definition.nodes.filter((node) => ids.has(node.id)).map((node) => node.id);
  if (nodes.length === 0) return refuse("nothing", "Select the nodes of the group first.");
  const left = ungroupNodes(definition, ids);
  const groups = listed(left.groups);
  return withList(left, "groups", [...groups, { id: freshName(groups, "group"), name, nodes }]);
}

/** Returns the definition without these nodes in groups. A group without nodes is gone. */
export function ungroupNodes(definition: Definition, ids: ReadonlySet<NodeId>): Definition {
  return eachNode(definition, (node) => (ids.has(node) ? null : node));
}

/** The nodes of groups follow a node that has another id. */
export function renameInGroups(definition: Definition, before: NodeId, after: NodeId): Definition {
  return eachNode(definition, (node) => (node === before ? after : node));
}

function eachNode(definition: Definition, next: (node: NodeId) => NodeId | null): Definition {
  const groups = listed(definition.groups);
  const changed = groups.flatMap((group): JsonObject[] => {
    if (!isList(group.nodes)) return [group];
    const nodes = group.nodes.flatMap((node): Json[] => {
      const kept = typeof node === "string" ? next(node) : node;
      return kept === null ? [] : [kept];
    });
    const isSame = nodes.length === group.nodes.length && nodes.every((node, index) => node === (group.nodes as readonly Json[])[index]);
    return isSame ? [group] : nodes.length === 0 ? [] : [{ ...group, nodes }];
  });
  const isSame = changed.length === groups.length && changed.every((group, index) => group === groups[index]);
  return isSame ? definition : withList(definition, "groups", changed);
}

/** Returns the definition with another name of a group. */
export function nameGroup(definition: Definition, id: string, name: string): Definition {
  return withList(definition, "groups", listed(definition.groups).map((group) => (group.id === id ? { ...group, name } : group)));
}
