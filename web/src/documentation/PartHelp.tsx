import type { Part } from "../builder/data/completion";
import { addressOfPart } from "./addresses";
import { HelpLink } from "./HelpLink";

/** The `?` beside a function of expressions. */
export default function PartHelp({ part }: { readonly part: Part }) {
  return <HelpLink to={addressOfPart(part)} about={part.name} />;
}
