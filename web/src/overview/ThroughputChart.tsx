import { useEffect, useRef, useState } from "react";
import type { Overview } from "../api/types";
import { count, shortTime } from "../design";
import { bucketsOf, chartOf, type ChartColumn } from "./chart";
import styles from "./overview.module.css";

const HEIGHT = 216;
const LEFT = 40;
const BOTTOM = 22;
const TOP = 8;
const LEGEND = [
  { name: "Completed", color: "var(--completed)" },
  { name: "Unsuccessful", color: "var(--failed)" },
  { name: "Still open", color: "var(--running)" },
];

/** How many executions were started in each part of the window, and how they ended. Screen readers get the same as a table. */
export function ThroughputChart({ overview }: { readonly overview: Overview }) {
  const [box, width] = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const chart = chartOf(bucketsOf(overview));
  const now = Date.parse(overview.at);
  const slot = (width - LEFT) / Math.max(1, chart.columns.length);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / chart.top);
  const labelEvery = Math.max(1, Math.ceil(96 / slot));
  const pointed = at === null ? undefined : chart.columns[at];
  return (
    <figure className={styles.chart} ref={box}>
      <figcaption className={styles.legend}>
        {LEGEND.map((item) => (
          <span key={item.name}>
            <i style={{ background: item.color }} />
            {item.name}
          </span>
        ))}
      </figcaption>
      <svg width={width} height={HEIGHT} aria-hidden="true" onPointerLeave={() => setAt(null)}>
        {chart.lines.map((line) => (
          <g key={line}>
            <line x1={LEFT} x2={width} y1={y(line)} y2={y(line)} className={styles.line} />
            <text x={LEFT - 8} y={y(line) + 3.5} textAnchor="end" className={styles.tick}>
              {count(line)}
            </text>
          </g>
        ))}
        {chart.columns.map((column, index) => (
          <g key={column.at} opacity={at === null || at === index ? 1 : 0.45}>
            <Stack column={column} x={LEFT + index * slot + Math.min(3, slot * 0.15)} width={Math.max(1, slot - Math.min(6, slot * 0.3))} y={y} />
            {index % labelEvery === 0 && LEFT + index * slot < width - 44 && (
              <text x={LEFT + index * slot} y={HEIGHT - 6} className={styles.tick}>
                {shortTime(column.at, now).replace(/:\d\d$/, "")}
              </text>
            )}
            <rect x={LEFT + index * slot} y={0} width={slot} height={HEIGHT} fill="transparent" onPointerEnter={() => setAt(index)} />
          </g>
        ))}
      </svg>
      {pointed && at !== null && (
        <div className={styles.tip} style={{ left: Math.min(width - 150, Math.max(0, LEFT + at * slot - 60)) }} aria-hidden="true">
          <b>{shortTime(pointed.at, now)}</b>
          <span>{count(pointed.started)} started</span>
          <span>{count(pointed.completed)} completed</span>
          <span>{count(pointed.failed)} failed</span>
        </div>
      )}
      <table className="visually-hidden">
        <caption>Executions by the time they were started</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Started</th>
            <th scope="col">Completed</th>
            <th scope="col">Failed</th>
          </tr>
        </thead>
        <tbody>
          {chart.columns.map((column) => (
            <tr key={column.at}>
              <th scope="row">{shortTime(column.at, now)}</th>
              <td>{column.started}</td>
              <td>{column.completed}</td>
              <td>{column.failed}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function Stack({ column, x, width, y }: { readonly column: ChartColumn; readonly x: number; readonly width: number; readonly y: (value: number) => number }) {
  const ends = [0, column.completed, column.completed + column.failed, column.completed + column.failed + column.open];
  return LEGEND.map((item, index) => {
    const [low, high] = [ends[index] ?? 0, ends[index + 1] ?? 0];
    return high > low && <rect key={item.name} x={x} width={width} y={y(high)} height={Math.max(1, y(low) - y(high) - (index > 0 ? 1 : 0))} rx={Math.min(2, width / 3)} fill={item.color} />;
  });
}

/** The width of an element; follows when it changes. */
function useWidth(): [React.RefObject<HTMLElement | null>, number] {
  const ref = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [ref, width];
}
