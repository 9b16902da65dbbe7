import type { AssignmentSummary, Execution } from "../api/types";
import { cx, duration, EmptyState, hasEnded, LOOKS, shortDuration, statusClass, StatusSign, useNow } from "../design";
import { GanttChart } from "lucide-react";
import { useMemo, useState } from "react";
import { timelineOf, type TimelineBar } from "./timeline";
import styles from "./timeline.module.css";

const LINE = 30;
const MARGIN = 12;

interface Props {
  readonly execution: Execution;
  readonly assignments: readonly AssignmentSummary[];
  readonly selected: string | null;
  readonly onSelect: (assignment: AssignmentSummary) => void;
}

/** Every visit on a timeline: a thin line while it waited, a bar while somebody worked on it. Only the visible rows are in the page. */
export function TimelineView({ execution, assignments, selected, onSelect }: Props) {
  const [view, setView] = useState({ top: 0, height: 800 });
  const now = useNow();
  const moving = hasEnded(execution.status) ? 0 : now;
  const line = useMemo(() => timelineOf(assignments, execution.created_at, execution.ended_at, moving), [assignments, execution.created_at, execution.ended_at, moving]);
  if (line.bars.length === 0) {
    return (
      <EmptyState icon={GanttChart} title="Nothing has happened yet">
        The first visit appears here as soon as it is made.
      </EmptyState>
    );
  }
  const first = Math.max(0, Math.floor(view.top / LINE) - MARGIN);
  const last = Math.min(line.bars.length, Math.ceil((view.top + view.height) / LINE) + MARGIN);
  return (
    <div className={styles.timeline} onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}>
      <div className={styles.scale} aria-hidden="true">
        <span />
        <div>
          {line.ticks.map((tick) => (
            <span key={tick.milliseconds} style={{ left: `${tick.at * 100}%` }}>
              {shortDuration(tick.milliseconds)}
            </span>
          ))}
        </div>
      </div>
      <ol className={styles.bars} aria-label="Visits in the course of time" style={{ paddingTop: first * LINE, height: line.bars.length * LINE }}>
        {line.bars.slice(first, last).map((bar, index) => {
          const assignment = assignments[first + index];
          return (
            <li key={bar.id}>
              <button type="button" className={cx(styles.bar, bar.id === selected && styles.selected)} aria-pressed={bar.id === selected} onClick={() => assignment && onSelect(assignment)}>
                <span className={styles.name}>
                  <StatusSign status={bar.status} />
                  <span>{bar.name}</span>
                  {bar.visit > 1 && <small>visit {bar.visit}</small>}
                </span>
                <Track bar={bar} />
              </button>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function Track({ bar }: { readonly bar: TimelineBar }) {
  const percent = (share: number) => `${share * 100}%`;
  const atEnd = bar.end > 0.82 && bar.start > 0.25;
  return (
    <span className={cx(styles.track, statusClass(bar.status))}>
      {bar.begun > bar.start && <span className={styles.waited} style={{ left: percent(bar.start), width: percent(bar.begun - bar.start) }} />}
      <span className={cx(styles.work, bar.open && styles.open)} style={{ left: percent(bar.begun), width: percent(bar.end - bar.begun) }} />
      <span className={cx(styles.took, atEnd && styles.before)} style={atEnd ? { right: percent(1 - bar.start) } : { left: percent(bar.end) }}>
        {duration(bar.took)}
        {bar.attempt > 1 && ` · ${bar.attempt} attempts`}
        <span className="visually-hidden">{` ${LOOKS[bar.status].label}`}</span>
      </span>
    </span>
  );
}
