import { Minus, Move, PencilLine, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "../../design";
import { isSame, type ChangedValue, type Difference } from "../definition/diff";
import { counted } from "../counted";
import { connectionTypeName } from "../definition/connectionRules";
import { portOf, titleOf, typeOf, type ConnectionDefinition, type Json } from "../definition/types";
import styles from "./versions.module.css";
import { writeJson } from "../../json/writeJson";

/** What was added, removed and changed between two versions. */
export function DifferenceView({ difference }: { readonly difference: Difference }) {
  if (isSame(difference)) return <p className={styles.none}>They are equal.</p>;
  const { workflow, addedNodes, removedNodes, changedNodes, movedNodes, addedConnections, removedConnections, reordered } = difference;
  return (
    <div className={styles.difference}>
      {addedNodes.map((node) => (
        <Line key={`+${node.id}`} look="added" text={titleOf(node)} more={`${node.type}/${node.subtype}`} />
      ))}
      {removedNodes.map((node) => (
        <Line key={`-${node.id}`} look="removed" text={titleOf(node)} more={`${node.type}/${node.subtype}`} />
      ))}
      {changedNodes.map((node) => (
        <Line key={`~${node.id}`} look="changed" text={node.id}>
          <Values values={node.values} />
        </Line>
      ))}
      {workflow.length > 0 && (
        <Line look="changed" text="Workflow">
          <Values values={workflow} />
        </Line>
      )}
      {addedConnections.map((item) => (
        <Line key={`+${writeJson(item)}`} look="added" text={connectionText(item)} />
      ))}
      {removedConnections.map((item) => (
        <Line key={`-${writeJson(item)}`} look="removed" text={connectionText(item)} />
      ))}
      {movedNodes.length > 0 && <Line look="moved" text={counted(movedNodes.length, "node")} more={`moved in the drawing: ${listed(movedNodes.map(titleOf))}`} />}
      {reordered && <Line look="changed" text="Order" more="Nodes or connections stand in another order; joins merge their inputs in it." />}
    </div>
  );
}

const LOOKS = { added: { icon: Plus, word: "added" }, removed: { icon: Minus, word: "removed" }, changed: { icon: PencilLine, word: "changed" }, moved: { icon: Move, word: "" } } as const;

function Line({ look, text, more, children }: { readonly look: keyof typeof LOOKS; readonly text: string; readonly more?: string; readonly children?: ReactNode }) {
  const { icon: Icon, word } = LOOKS[look];
  return (
    <div className={cx(styles.line, styles[look])}>
      <Icon size={13} aria-hidden="true" />
      <div>
        <b>{text}</b> {word !== "" && <span className="visually-hidden">{word}</span>} {more && <small>{more}</small>}
        {children}
      </div>
    </div>
  );
}

function Values({ values }: { readonly values: readonly ChangedValue[] }) {
  return (
    <ul className={styles.values}>
      {values.map((value) => (
        <li key={value.path}>
          <code>{value.path}</code>
          <del>{shown(value.before)}</del>
          <ins>{shown(value.after)}</ins>
        </li>
      ))}
    </ul>
  );
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, 6).join(", ");
  return names.length > 6 ? `${first} and ${names.length - 6} more` : first;
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? "not given" : typeof value === "string" ? value : writeJson(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function connectionText(item: ConnectionDefinition): string {
  const through = typeOf(item) === "MAIN" ? (portOf(item) === "main" ? "" : ` (${portOf(item)})`) : ` (${connectionTypeName(typeOf(item))})`;
  return `${item.from}${through} → ${item.to}`;
}
