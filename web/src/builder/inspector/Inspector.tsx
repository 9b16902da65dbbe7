import { fieldOf } from "../../json/fieldOf";
import { useMemo, type ReactNode } from "react";
import { Copy, Trash2 } from "lucide-react";
import { Button } from "../../design";
import { connectionTypeName } from "../definition/connectionRules";
import { errorsByField } from "../definition/errors";
import type { Place } from "../definition/place";
import { connectionKey, findNode, portOf, typeOf, type Json, type JsonObject, type NodeId } from "../definition/types";
import { counted } from "../counted";
import { duplicate, remove, removeSelected, setHead } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useErrors } from "../draft/useErrors";
import { FormProvider } from "./formContext";
import { ErrorLine } from "./Frame";
import { NodeInspector } from "./NodeInspector";
import { WORKFLOW_SETTINGS } from "./nodeSettings";
import { SchemaField } from "./SchemaField";
import styles from "./inspector.module.css";

export interface InspectorProps {
  /** What happened at the node in the execution that the builder was opened from. */
  readonly failure?: ReactNode;
  readonly onRun: () => void;
}

/** The settings of the selected node; those of the workflow if nothing is selected. */
export function Inspector({ failure, onRun }: InspectorProps) {
  const selection = useBuilder((state) => state.selection);
  const definition = useBuilder(definitionOf);
  const [first] = selection.nodes;
  if (selection.nodes.size > 1) return <SelectionInspector />;
  const node = first === undefined ? undefined : findNode(definition, first);
  if (node !== undefined) return <NodeInspector key={node.id} node={node} failure={failure} onRun={onRun} />;
  const connection = definition.connections.find((item) => selection.connections.has(connectionKey(item)));
  if (connection !== undefined) return <ConnectionInspector connection={connection} />;
  return <WorkflowInspector />;
}

function WorkflowInspector() {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const readOnly = !useBuilder((state) => state.canEdit);
  const all = useErrors();
  const form = useMemo(
    () => ({
      root: WORKFLOW_SETTINGS,
      readOnly,
      errors: errorsByField(all.filter((error) => error.node === null && error.connection === null)),
      change: (place: Place, value: Json | undefined) => {
        const [field, ...rest] = place;
        const { history } = store.get();
        setHead(store, String(field), rest.length === 0 ? (value ?? (field === "name" ? "" : undefined)) : withInner(fieldOf(history.now.definition, String(field)), rest, value));
      },
      inserts: [],
    }),
    [store, readOnly, all],
  );
  return (
    <div className={styles.inspector}>
      <header className={styles.head}>
        <div className={styles.headWords}>
          <h2>Workflow</h2>
          <small>
            {counted(definition.nodes.length, "node")}, {counted(definition.connections.length, "connection")}
          </small>
        </div>
      </header>
      <FormProvider value={form}>
        <div className={styles.fields}>
          {Object.entries(WORKFLOW_SETTINGS.properties as JsonObject).map(([name, schema]) => (
            <SchemaField key={name} name={name} schema={schema} place={[name]} value={fieldOf(definition, name)} required={name === "name"} />
          ))}
        </div>
      </FormProvider>
    </div>
  );
}

function withInner(value: Json | undefined, place: Place, next: Json | undefined): Json | undefined {
  const [index] = place;
  const list = Array.isArray(value) ? (value as readonly Json[]) : [];
  if (typeof index !== "number") return value;
  return next === undefined ? list.filter((_, position) => position !== index) : list.map((item, position) => (position === index ? next : item));
}

function SelectionInspector() {
  const store = useBuilderStore();
  const selection = useBuilder((state) => state.selection);
  const canEdit = useBuilder((state) => state.canEdit);
  return (
    <div className={styles.inspector}>
      <header className={styles.head}>
        <div className={styles.headWords}>
          <h2>{counted(selection.nodes.size, "node")}</h2>
          <small>Ctrl C copies them, Ctrl V pastes them, also into another workflow.</small>
        </div>
      </header>
      {canEdit && (
        <div className={styles.buttons}>
          <Button onClick={() => void duplicate(store)}>
            <Copy size={14} aria-hidden="true" /> Duplicate
          </Button>
          <Button onClick={() => removeSelected(store)}>
            <Trash2 size={14} aria-hidden="true" /> Delete
          </Button>
        </div>
      )}
    </div>
  );
}

function ConnectionInspector({ connection }: { readonly connection: { readonly from: NodeId; readonly to: NodeId; readonly port?: string; readonly type?: string } }) {
  const store = useBuilderStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const key = connectionKey(connection);
  const errors = useErrors().filter((error) => error.connection === key);
  const type = typeOf(connection);
  return (
    <div className={styles.inspector}>
      <header className={styles.head}>
        <div className={styles.headWords}>
          <h2>Connection</h2>
          <small>{connectionTypeName(type)}</small>
        </div>
      </header>
      <dl className={styles.facts}>
        <dt>From</dt>
        <dd>{connection.from}</dd>
        {type === "MAIN" && (
          <>
            <dt>Port</dt>
            <dd>{portOf(connection)}</dd>
          </>
        )}
        <dt>To</dt>
        <dd>{connection.to}</dd>
      </dl>
      {errors.map((error) => (
        <ErrorLine key={error.message} text={`${error.message} ${error.hint}`} isWarning={error.severity === "warning"} />
      ))}
      {canEdit && (
        <div className={styles.buttons}>
          <Button onClick={() => remove(store, new Set(), new Set([key]))}>
            <Trash2 size={14} aria-hidden="true" /> Delete
          </Button>
        </div>
      )}
    </div>
  );
}
