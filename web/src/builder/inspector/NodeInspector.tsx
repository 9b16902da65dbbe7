import { fieldOf } from "../../json/fieldOf";
import { lazy, Suspense, useMemo, useState } from "react";
import { Copy, Trash2 } from "lucide-react";
import { IconButton, Prose, Tabs } from "../../design";
import { errorsByField } from "../definition/errors";
import type { Place } from "../definition/place";
import { isObject, type Json, type JsonObject, type NodeDefinition } from "../definition/types";
import { duplicate, remove, setField } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useErrors } from "../draft/useErrors";
import { nodeLook } from "../../graph/nodeLooks";
import { Connections } from "../outline/Connections";
import { FormProvider } from "./formContext";
import { ErrorLine } from "./Frame";
import type { InspectorProps } from "./Inspector";
import { IdField, NameField } from "./NameFields";
import { insertsFor } from "./inserts";
import { JoinFields } from "./JoinFields";
import { NODE_SETTINGS, RETRY } from "./nodeSettings";
import { SchemaField, UnknownField } from "./SchemaField";
import styles from "./inspector.module.css";

const NodeTests = lazy(async () => ({ default: (await import("../run/NodeTests")).NodeTests }));
const TypeHelp = lazy(() => import("../../documentation/TypeHelp"));
const DataPanel = lazy(() => import("../data/DataPanel"));

function useNodeForm(node: NodeDefinition, root: JsonObject, base: Place) {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const readOnly = !useBuilder((state) => state.canEdit);
  const all = useErrors();
  return useMemo(() => {
    const errors = errorsByField(all.filter((error) => error.node === node.id));
    const change = (place: Place, value: Json | undefined) => setField(store, node.id, place, value);
    return { root, readOnly, errors, change, node, inserts: insertsFor(definition, node.id), base };
  }, [store, definition, readOnly, all, node, root, base]);
}

const NO_PLACE: Place = [];
const SHOWN_WITHOUT_ASKING = 6;

/** The settings of a node, and the data of its last run. */
export function NodeInspector({ node, failure, onRun }: InspectorProps & { readonly node: NodeDefinition }) {
  const store = useBuilderStore();
  const type = useBuilder((state) => state.types).of(node);
  const canEdit = useBuilder((state) => state.canEdit);
  const schema = type?.parameters_schema ?? {};
  const form = useNodeForm(node, schema, NO_PLACE);
  const settingsForm = { ...form, root: NODE_SETTINGS };
  const [tab, setTab] = useState("parameters");
  const { icon: Icon, hue } = nodeLook(node.type, node.subtype);
  const errors = [...form.errors].filter(([key]) => key === "" || key === "/parameters" || key === "/type" || key === "/subtype").flatMap(([, found]) => found);
  const count = (isMine: (key: string) => boolean) => [...form.errors].filter(([key]) => isMine(key)).length;
  return (
    <div className={styles.inspector}>
      <header className={styles.head}>
        <span className={styles.sign} style={{ "--hue": hue } as React.CSSProperties} aria-hidden="true">
          <Icon size={16} />
        </span>
        <div className={styles.headWords}>
          <h2>{node.name ?? node.id}</h2>
          <small>
            {type?.title ?? `${node.type}/${node.subtype}`}
            {type && (
              <Suspense fallback={null}>
                <TypeHelp node={node} title={type.title} />
              </Suspense>
            )}
          </small>
        </div>
        {canEdit && (
          <>
            <Suspense fallback={null}>
              <NodeTests node={node.id} />
            </Suspense>
            <IconButton small label="Duplicate" onClick={() => void duplicate(store)}>
              <Copy size={14} />
            </IconButton>
            <IconButton small label="Delete" onClick={() => remove(store, new Set([node.id]), new Set())}>
              <Trash2 size={14} />
            </IconButton>
          </>
        )}
      </header>
      {failure}
      {errors.map((error) => (
        <ErrorLine key={error.message} text={`${error.message} ${error.hint}`} isWarning={error.severity === "warning"} />
      ))}
      <Tabs
        label="Node"
        value={tab}
        onChange={setTab}
        className={styles.tabs}
        tabs={[
          {
            value: "parameters",
            label: <Counted label="Parameters" count={count((key) => key.startsWith("/parameters/"))} />,
            content: (
              <FormProvider value={form}>
                <div className={styles.fields}>
                  <NameField node={node} />
                  {type?.description && <p className={styles.about}><Prose text={firstSentence(type.description)} /></p>}
                  <Parameters node={node} schema={schema} isKnown={type !== undefined} />
                </div>
              </FormProvider>
            ),
          },
          {
            value: "settings",
            label: <Counted label="Settings" count={count((key) => key !== "" && !key.startsWith("/parameters") && key !== "/type" && key !== "/subtype" && key !== "/name")} />,
            content: (
              <FormProvider value={settingsForm}>
                <div className={styles.fields}>
                  <IdField node={node} />
                  <Settings node={node} />
                </div>
              </FormProvider>
            ),
          },
          { value: "connections", label: "Connections", content: <Connections id={node.id} /> },
        ]}
      />
      <Suspense fallback={null}>
        <DataPanel node={node} onRun={onRun} />
      </Suspense>
    </div>
  );
}

const firstSentence = (text: string): string => (/^[^\n]*?[.](?=\s|$)/.exec(text)?.[0] ?? text).trim();

function Counted({ label, count }: { readonly label: string; readonly count: number }) {
  return (
    <>
      {label}
      {count > 0 && (
        <span className={styles.count}>
          {count}
          <span className="visually-hidden"> errors</span>
        </span>
      )}
    </>
  );
}

function Parameters({ node, schema, isKnown }: { readonly node: NodeDefinition; readonly schema: JsonObject; readonly isKnown: boolean }) {
  const values = node.parameters ?? {};
  if (!isKnown) return <SchemaField name="parameters" schema={{}} place={["parameters"]} value={node.parameters} />;
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
  const isShown = ([name]: readonly [string, unknown], index: number) => required.has(name) || fieldOf(values, name) !== undefined || index < SHOWN_WITHOUT_ASKING;
  const shown = properties.filter(isShown);
  const more = properties.filter((entry, index) => !isShown(entry, index));
  const unknown = Object.keys(values).filter((name) => !properties.some(([known]) => known === name));
  const field = ([name, property]: readonly [string, Json | undefined]) => <SchemaField key={name} name={name} schema={property} place={["parameters", name]} value={fieldOf(values, name)} required={required.has(name)} />;
  return (
    <>
      {properties.length === 0 && unknown.length === 0 && <p className={styles.help}>It has no parameters.</p>}
      {shown.map(field)}
      {unknown.map((name) => (
        <UnknownField key={name} name={name} place={["parameters", name]} value={fieldOf(values, name)} />
      ))}
      {more.length > 0 && (
        <details className={styles.more}>
          <summary>{more.length} more parameters</summary>
          <div className={styles.inner}>{more.map(field)}</div>
        </details>
      )}
    </>
  );
}

function Settings({ node }: { readonly node: NodeDefinition }) {
  const properties = Object.entries(NODE_SETTINGS.properties as JsonObject);
  return (
    <>
      <SchemaField name="retry" schema={RETRY} place={["retry"]} value={node.retry} />
      <JoinFields node={node} />
      {properties.map(([name, schema]) => (
        <SchemaField key={name} name={name} schema={schema} place={[name]} value={fieldOf(node, name)} />
      ))}
    </>
  );
}
