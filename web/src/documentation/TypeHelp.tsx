import type { NodeDefinition } from "../builder/definition/types";
import { addressOfType } from "./addresses";
import { HelpLink } from "./HelpLink";

/** The `?` beside the name of a node type. */
export default function TypeHelp({ node, title }: { readonly node: NodeDefinition; readonly title: string }) {
  return <HelpLink to={addressOfType(node)} about={title} />;
}
