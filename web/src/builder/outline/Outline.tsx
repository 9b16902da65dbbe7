import { ArrowDown, ArrowUp, CircleAlert, Trash2, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { cx, IconButton } from "../../design";
import { errorsByNode } from "../definition/errors";
import { titleOf, type NodeId } from "../definition/types";
import { move, remove, select } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useErrors } from "../draft/useErrors";
import { nodeLook } from "../../graph/nodeLooks";
import { GRID } from "../../graph/layout";
import styles from "./outline.module.css";

/** All nodes with their connections as a list: everything that the canvas can do, without a canvas. */
export function Outline() {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const selection = useBuilder((state) => state.selection);
  const canEdit = useBuilder((state) => state.canEdit);
  const positions = useBuilder((state) => state.history.now.positions);
  const all = useErrors();
  const errors = useMemo(() => errorsByNode(all), [all]);
  const nudge = (id: NodeId, by: number) => {
    const place = positions.get(id);
    if (place !== undefined) move(store, new Map([[id, { x: place.x, y: place.y + by }]]));
  };
  const ordered = useMemo(() => [...definition.nodes].sort((left, right) => (positions.get(left.id)?.x ?? 0) - (positions.get(right.id)?.x ?? 0) || (positions.get(left.id)?.y ?? 0) - (positions.get(right.id)?.y ?? 0)), [definition, positions]);
  return (
    <div className={styles.outline} role="region" aria-label="Outline of the workflow">
      <p className={styles.hint}>Nodes from left to right. Choose one to edit it; its connections are made and removed on the tab Connections beside.</p>
      <ol>
        {ordered.map((node) => {
          const { icon: Icon } = nodeLook(node.type, node.subtype);
          const found = errors.get(node.id) ?? [];
          const next = definition.connections.filter((item) => item.from === node.id);
          const count = found.filter((error) => error.severity === "error").length;
          return (
            <li key={node.id} className={cx(styles.node, selection.nodes.has(node.id) && styles.chosen)}>
              <button type="button" className={styles.pick} aria-pressed={selection.nodes.has(node.id)} onClick={() => select(store, [node.id])}>
                <Icon size={15} aria-hidden="true" />
                <b>{titleOf(node)}</b>
                <small>{types.of(node)?.title ?? `${node.type}/${node.subtype}`}</small>
                {found.length > 0 && (
                  <span className={count > 0 ? styles.errory : styles.warned}>
                    {count > 0 ? <CircleAlert size={12} aria-hidden="true" /> : <TriangleAlert size={12} aria-hidden="true" />}
                    {found[0]?.message}
                  </span>
                )}
                <span className={styles.next}>{next.length === 0 ? "leads nowhere" : `to ${next.map((item) => ((item.port ?? "main") === "main" ? item.to : `${item.to} (${item.port ?? ""})`)).join(", ")}`}</span>
              </button>
              {canEdit && (
                <span className={styles.actions}>
                  <IconButton small label={`Move ${titleOf(node)} up on the canvas`} onClick={() => nudge(node.id, -4 * GRID)}>
                    <ArrowUp size={13} />
                  </IconButton>
                  <IconButton small label={`Move ${titleOf(node)} down on the canvas`} onClick={() => nudge(node.id, 4 * GRID)}>
                    <ArrowDown size={13} />
                  </IconButton>
                  <IconButton small label={`Delete ${titleOf(node)}`} onClick={() => remove(store, new Set([node.id]), new Set())}>
                    <Trash2 size={13} />
                  </IconButton>
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
