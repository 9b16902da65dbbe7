import { useEffect, useRef, useState } from "react";
import { cx } from "../../design";
import { useBuilderStore } from "../draft/store";
import { candidateOver, type Begun } from "./candidate";
import { pointOf, under } from "./under";
import styles from "./canvas.module.css";

/** Says beside the pointer what dropping the connection here would do, or why it is not possible. */
export function DrawingReason({ begun }: { readonly begun: Begun }) {
  const store = useBuilderStore();
  const label = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState<{ text: string; refused: boolean } | null>(null);
  useEffect(() => {
    const follow = (event: PointerEvent | TouchEvent) => {
      const point = pointOf(event);
      if (label.current !== null) label.current.style.translate = `${point.x + 16}px ${point.y + 18}px`;
      const over = under(point);
      if (over === null || (over.node === begun.node && over.handle === begun.handle)) {
        setSaid(null);
        return;
      }
      const { history, types } = store.get();
      const { connection, refusal } = candidateOver(history.now.definition, types, begun, over.node, over.handle);
      const text = refusal?.message ?? `Connect ${connection.from}${connection.port === undefined || connection.port === "main" ? "" : ` (${connection.port})`} to ${connection.to}`;
      setSaid((now) => (now?.text === text ? now : { text, refused: refusal !== null }));
    };
    globalThis.addEventListener("pointermove", follow);
    globalThis.addEventListener("touchmove", follow);
    return () => {
      globalThis.removeEventListener("pointermove", follow);
      globalThis.removeEventListener("touchmove", follow);
    };
  }, [begun, store]);
  return (
    <div ref={label} className={cx(styles.reason, said?.refused === true && styles.refused, said === null && styles.silent)} role="status" data-testid="connection-reason">
      {said?.text}
    </div>
  );
}
