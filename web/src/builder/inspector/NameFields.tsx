import { useState } from "react";
import controls from "../../design/controls.module.css";
import { cx } from "../../design";
import { idProblem } from "../definition/ids";
import { nameProblem } from "../definition/names";
import type { NodeDefinition } from "../definition/types";
import { rename, setField } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { ErrorLine, Frame } from "./Frame";
import styles from "./inspector.module.css";

export function NameField({ node }: { readonly node: NodeDefinition }) {
  const store = useBuilderStore();
  const readOnly = !useBuilder((state) => state.canEdit);
  const [isLeft, setLeft] = useState(true);
  const name = typeof node.name === "string" ? node.name : "";
  const problem = isLeft ? nameProblem(name) : null;
  return (
    <Frame label="Name" place={["name"]}>
      {(control) => (
        <>
          <input
            {...control}
            aria-invalid={problem !== null || control["aria-invalid"]}
            className={controls.input}
            readOnly={readOnly}
            value={name}
            placeholder={node.id}
            onFocus={() => setLeft(false)}
            onBlur={() => setLeft(true)}
            onChange={(event) => setField(store, node.id, ["name"], event.target.value === "" ? undefined : event.target.value)}
          />
          {problem !== null && control["aria-invalid"] !== true && <ErrorLine text={problem} isWarning={false} />}
        </>
      )}
    </Frame>
  );
}

/** A new id takes effect when the field is left. Connections and expressions that use the old id change with it. */
export function IdField({ node }: { readonly node: NodeDefinition }) {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const readOnly = !useBuilder((state) => state.canEdit);
  const [typed, setTyped] = useState<string | null>(null);
  const problem = typed === null ? null : idProblem(definition, typed, node.id);
  const leave = () => {
    if (typed !== null && problem === null) void rename(store, node.id, typed);
    setTyped(null);
  };
  return (
    <Frame label="Id" place={["id"]} help="Expressions use it to name the node. They change with it.">
      {(control) => (
        <>
          <input
            {...control}
            aria-invalid={problem !== null || control["aria-invalid"]}
            className={cx(controls.input, styles.mono)}
            readOnly={readOnly}
            value={typed ?? node.id}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={leave}
            onKeyDown={(event) => event.key === "Enter" && leave()}
          />
          {problem !== null && <ErrorLine text={problem} isWarning={false} />}
        </>
      )}
    </Frame>
  );
}
