import { isObject, typeOf, type NodeDefinition } from "../definition/types";
import { definitionOf, useBuilder } from "../draft/store";
import { Choice } from "./Choice";
import { Frame } from "./Frame";
import { useForm } from "./formContext";
import { JOINING } from "./nodeSettings";
import { NumberControl } from "./scalars";
import { SchemaField } from "./SchemaField";
import styles from "./inspector.module.css";

const WAYS = [
  { value: "all", label: "when all branches have come" },
  { value: "first", label: "when the first branch has come" },
  { value: "count", label: "when so many have come" },
  { value: "each", label: "for each branch that comes" },
];

/** How a node with several incoming connections starts. */
export function JoinFields({ node }: { readonly node: NodeDefinition }) {
  const { change, readOnly } = useForm();
  const incoming = useBuilder(definitionOf).connections.filter((item) => item.to === node.id && typeOf(item) === "MAIN").length;
  const isCount = isObject(node.join);
  const way = isCount ? "count" : typeof node.join === "string" ? node.join : "all";
  if (incoming < 2 && node.join === undefined && node.late === undefined) return null;
  const choose = (next: string) => change(["join"], next === "all" ? undefined : next === "count" ? { count: Math.max(1, Math.min(2, incoming)) } : next);
  return (
    <>
      <Frame label="Starts" place={["join"]} help={`${incoming} connections come in.`}>
        {(control) => (
          <span className={styles.pair}>
            <Choice {...control} disabled={readOnly} value={way} onChange={(event) => choose(event.target.value)}>
              {WAYS.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))}
            </Choice>
            {isCount && <NumberControl control={{ "aria-label": "How many branches", "data-place": "/join/count" }} place={["join", "count"]} value={(node.join as { count?: number }).count} isWhole />}
          </span>
        )}
      </Frame>
      {way !== "all" && way !== "each" && <SchemaField name="late" schema={(JOINING.properties as { late: object }).late as never} place={["late"]} value={node.late} />}
    </>
  );
}
