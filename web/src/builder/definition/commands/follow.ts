import { rewriteExpression, rewriteTemplate, type Renaming } from "../expressions/rewrite";
import type { NodeTypes } from "../nodeTypes";
import { withValueAt } from "../place";
import { namingTexts } from "../texts";
import type { NodeDefinition } from "../types";

/**
 * Returns the node with other ids in its expressions, its templates and the fields that name a node. Text that only looks like a reference (in SQL,
 * code or prose) stays as it is: nothing evaluates it. The same node if nothing changes.
 */
export function withNamesFollowing(node: NodeDefinition, types: NodeTypes, renaming: Renaming): NodeDefinition {
  return namingTexts(node, types.of(node)).reduce((made, { kind, place, text }) => {
    const after = kind === "node" ? renaming(text) : kind === "expression" ? rewriteExpression(text, renaming) : rewriteTemplate(text, renaming);
    return after === text ? made : (withValueAt(made, place, after) as NodeDefinition);
  }, node);
}
