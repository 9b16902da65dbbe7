import { ArrowRight, ArrowLeft, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton, Select } from "../../design";
import { connectionRefusal, connectionTypeName, outletsOf, type Outlet } from "../definition/connectionRules";
import { connectionKey, findNode, isRefusal, portOf, titleOf, typeOf, type ConnectionDefinition, type NodeId } from "../definition/types";
import { connect, goTo, remove } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import styles from "./outline.module.css";

/** The connections of a node. New ones are made by choosing instead of drawing. */
export function Connections({ id }: { readonly id: NodeId }) {
  const definition = useBuilder(definitionOf);
  const canEdit = useBuilder((state) => state.canEdit);
  const incoming = definition.connections.filter((item) => item.to === id);
  const outgoing = definition.connections.filter((item) => item.from === id);
  return (
    <div className={styles.connections}>
      <ConnectionList title="Comes from" connections={incoming} other={(item) => item.from} />
      <ConnectionList title="Leads to" connections={outgoing} other={(item) => item.to} />
      {canEdit && <Connect id={id} />}
    </div>
  );
}

function ConnectionList({ title, connections, other }: { readonly title: string; readonly connections: readonly ConnectionDefinition[]; readonly other: (item: ConnectionDefinition) => NodeId }) {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const canEdit = useBuilder((state) => state.canEdit);
  return (
    <section className={styles.list}>
      <h3>{title}</h3>
      {connections.length === 0 && <p className={styles.none}>Nothing.</p>}
      <ul>
        {connections.map((item) => {
          const node = findNode(definition, other(item));
          const name = node === undefined ? other(item) : titleOf(node);
          return (
            <li key={connectionKey(item)} className={styles.connection}>
              {title === "Leads to" ? <ArrowRight size={13} aria-hidden="true" /> : <ArrowLeft size={13} aria-hidden="true" />}
              <button type="button" className={styles.jump} onClick={() => goTo(store, other(item))}>
                {name}
              </button>
              <span className={styles.through}>{typeOf(item) === "MAIN" ? (portOf(item) === "main" ? "" : portOf(item)) : connectionTypeName(typeOf(item))}</span>
              {canEdit && (
                <IconButton small label={`Delete the connection ${item.from} to ${item.to}`} onClick={() => remove(store, new Set(), new Set([connectionKey(item)]))}>
                  <Trash2 size={13} />
                </IconButton>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const outletKey = (outlet: Outlet): string => `${outlet.type}/${outlet.port}`;

/** Chooses the end of a new connection. Ends that are not possible are listed with the reason. */
function Connect({ id }: { readonly id: NodeId }) {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const [chosen, setChosen] = useState<string | null>(null);
  const [to, setTo] = useState("");
  const [refused, setRefused] = useState<string | undefined>(undefined);
  const node = findNode(definition, id);
  const outlets = node === undefined ? [] : outletsOf(types, node);
  const outlet = outlets.find((item) => outletKey(item) === chosen) ?? outlets[0];
  if (outlet === undefined) return <p className={styles.none}>Nothing leaves this node.</p>;
  const ends = definition.nodes.map((end) => ({ end, refusal: connectionRefusal(definition, types, { from: id, to: end.id, port: outlet.port, type: outlet.type }) }));
  const submit = () => {
    const result = connect(store, { from: id, to, port: outlet.port, type: outlet.type });
    setRefused(isRefusal(result) ? result.message : undefined);
    if (result === null) setTo("");
  };
  return (
    <form
      className={styles.connect}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <h3>Connect</h3>
      {outlets.length > 1 && (
        <Select label="Through" value={outletKey(outlet)} onChange={(event) => setChosen(event.target.value)}>
          {outlets.map((item) => (
            <option key={outletKey(item)} value={outletKey(item)}>
              {item.type === "MAIN" ? item.port : `supplies ${connectionTypeName(item.type)}`}
            </option>
          ))}
        </Select>
      )}
      <Select label="To" value={to} error={refused} onChange={(event) => setTo(event.target.value)}>
        <option value="">Choose a node…</option>
        {ends.map(({ end, refusal }) => (
          <option key={end.id} value={end.id} disabled={refusal !== null}>
            {refusal === null ? titleOf(end) : `${titleOf(end)}: ${refusal.message}`}
          </option>
        ))}
      </Select>
      <Button type="submit" blocked={to === "" ? "Choose a node first." : null}>
        Connect
      </Button>
    </form>
  );
}
