import { useMemo, type CSSProperties } from "react";
import type { NodeTypes } from "../builder/definition/nodeTypes";
import type { Definition } from "../builder/definition/types";
import graph from "../graph/graph.module.css";
import { nodeLook } from "../graph/nodeLooks";
import { cx } from "../design";
import styles from "./gallery.module.css";
import { pictureOf, TILE, type Tile } from "./picture";

interface PictureProps {
  readonly definition: Definition;
  readonly types: NodeTypes;
}

/** What the workflow looks like. Its words stand beside it, so it is hidden from screen readers. */
export default function Picture({ definition, types }: PictureProps) {
  const { tiles, strokes, box } = useMemo(() => pictureOf(definition, types), [definition, types]);
  return (
    <svg className={cx(graph.surface, styles.drawing)} viewBox={box} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
      {strokes.map(({ key, path, style }) => (
        <path key={key} d={path} className={styles.stroke} style={{ stroke: style.stroke, strokeDasharray: style.strokeDasharray }} />
      ))}
      {tiles.map((tile) => (
        <TileView key={tile.id} tile={tile} />
      ))}
    </svg>
  );
}

function TileView({ tile: { x, y, drawn } }: { readonly tile: Tile }) {
  const { icon: Icon, hue } = nodeLook(drawn.type, drawn.subtype);
  return (
    <g style={{ "--hue": hue } as CSSProperties} className={styles.tile}>
      <rect x={x} y={y} width={TILE} height={TILE} rx={drawn.isTrigger ? TILE / 2 : 12} />
      <Icon x={x + 13} y={y + 13} width={30} height={30} strokeWidth={2} />
    </g>
  );
}
