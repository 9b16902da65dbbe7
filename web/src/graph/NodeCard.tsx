import type { CSSProperties, ReactNode } from "react";
import { cx } from "../design";
import { connectionTypeName } from "../builder/definition/connectionRules";
import { colourOf } from "./connectionLooks";
import { nodeLook } from "./nodeLooks";
import type { Drawn } from "./drawn";
import styles from "./graph.module.css";

interface NodeCardProps {
  readonly drawn: Drawn;
  /** The line below the name: what the node does, or what happened in it. */
  readonly line: ReactNode;
  /** At the right end of the first row. */
  readonly end?: ReactNode;
  readonly className?: string | undefined;
  /** Over the card: numbers of errors, handles. */
  readonly children?: ReactNode;
}

/** One node, the same in the builder and in the graph of an execution. It is made of spans, so that it may be the content of a button. */
export function NodeCard({ drawn, line, end, className, children }: NodeCardProps) {
  const { icon: Icon, hue } = nodeLook(drawn.type, drawn.subtype);
  const { outlets } = drawn;
  return (
    <span className={cx(styles.card, drawn.isTrigger && styles.trigger, drawn.isDisabled && styles.disabled, outlets.gives.length > 0 && styles.supplier, className)} style={{ "--hue": hue } as CSSProperties}>
      <span className={styles.head}>
        <span className={styles.sign} aria-hidden="true">
          <Icon size={17} strokeWidth={2} />
        </span>
        <span className={styles.words}>
          <b>{drawn.title}</b>
          <small>{line}</small>
        </span>
        {end}
      </span>
      {outlets.portsAreNamed && (
        <span className={styles.ports}>
          {outlets.ports.map((port) => (
            <span key={port} className={port === "error" ? styles.errorPort : undefined}>
              {port}
            </span>
          ))}
        </span>
      )}
      {outlets.takes.length > 0 && (
        <span className={styles.takes}>
          {outlets.takes.map((type) => (
            <span key={type} style={{ color: colourOf(type) }}>
              {connectionTypeName(type)}
            </span>
          ))}
        </span>
      )}
      {children}
    </span>
  );
}
