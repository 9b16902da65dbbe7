/** The places of the documentation that the builder leads to. The tests look each of them up in the pages. */

import type { Part } from "../builder/data/completion";
import type { NodeDefinition } from "../builder/definition/types";

/** Returns the section of a node type; that of all types, if the page does not have it: it comes from another package. */
export function addressOfType({ type, subtype }: Pick<NodeDefinition, "type" | "subtype">): string {
  return `/documentation/reference/nodes#${`${type}--${subtype}`.toLowerCase()}`;
}

/** Returns the row of a function or a method; for an operator, the section of operators. */
export function addressOfPart({ kind, name }: Pick<Part, "kind" | "name">): string {
  return `/documentation/reference/expressions#${kind === "operator" ? "operators" : `of-${name.toLowerCase()}`}`;
}
