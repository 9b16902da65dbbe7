import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useIsDark } from "../shell/theme";
import type { Curves } from "./kinds";
import styles from "./value.module.css";

const HEIGHT = 240;
const COLORS = ["--accent", "--completed", "--waiting", "--paused", "--running", "--timed_out", "--failed", "--pending"];
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

/** Curves. The pointer reads values, dragging zooms in, a double click shows everything again. */
export default function Plot({ curves, label }: { readonly curves: Curves; readonly label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const isDark = useIsDark();
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const plot = new uPlot(optionsOf(curves, element), [[...curves.x], ...curves.series.map((series) => [...series.y])], element);
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [curves, isDark]);
  return (
    <figure className={styles.plot}>
      <div ref={box} role="img" aria-label={`${label}: ${describe(curves)}`} />
      <figcaption>{curves.x.length} points · drag to enlarge, double-click for all</figcaption>
    </figure>
  );
}

function optionsOf(curves: Curves, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const font = "11px Inter Variable, sans-serif";
  const axis = { stroke: color("--text-3"), font, labelFont: font, grid: { stroke: color("--border"), width: 1 }, ticks: { stroke: color("--border"), width: 1 } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: curves.axis, labelSize: 18, size: 30 },
      { ...axis, size: 56 },
    ],
    series: [
      { label: curves.axis },
      ...curves.series.map((series, index) => ({
        label: series.name,
        stroke: color(COLORS[index % COLORS.length] ?? "--accent"),
        dash: DASHES[Math.floor(index / COLORS.length) % DASHES.length] ?? [],
        width: 1.6,
        spanGaps: true,
        points: { show: curves.x.length <= 40 },
      })),
    ],
  };
}

/** The description for screen readers. */
function describe(curves: Curves): string {
  const names = curves.series.map(({ name, y }) => {
    const numbers = y.filter((value) => value !== null);
    const [least, most] = numbers.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
    return `${name} from ${least} to ${most}`;
  });
  return `${names.join(", ")}, over ${curves.axis} from ${curves.x[0] ?? 0} to ${curves.x.at(-1) ?? 0}`;
}
