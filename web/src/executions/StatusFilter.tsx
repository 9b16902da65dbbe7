import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { ExecutionCount, ExecutionStatus } from "../api/types";
import { count, cx, EXECUTION_STATUSES, LOOKS, StatusSign } from "../design";
import styles from "./executions.module.css";
import type { ExecutionFilter } from "./filter";

interface Props {
  readonly filter: ExecutionFilter;
  readonly onToggle: (status: ExecutionStatus) => void;
  readonly onAll: () => void;
}

/** All statuses with their live counts; any number of them can be chosen. */
export function StatusFilter({ filter, onToggle, onAll }: Props) {
  const { workflow, subject } = filter;
  const counts = useQuery({
    queryKey: ["executions", "counts", workflow, subject],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/executions/counts", { params: { query: { ...(workflow && { workflow }), ...(subject && { subject }) } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 2_000,
  });
  const of = new Map(counts.data?.counts.map((item) => [item.status, item]));
  return (
    <div className={styles.statuses} role="group" aria-label="Statuses">
      <button type="button" className={cx(styles.status, filter.status.length === 0 && styles.on)} aria-pressed={filter.status.length === 0} onClick={onAll}>
        All
      </button>
      {EXECUTION_STATUSES.map((status) => {
        const on = filter.status.includes(status);
        return (
          <button key={status} type="button" className={cx(styles.status, on && styles.on)} aria-pressed={on} onClick={() => onToggle(status)}>
            <StatusSign status={status} size={13} />
            {LOOKS[status].label}
            <span className={styles.count}>{countText(of.get(status))}</span>
          </button>
        );
      })}
    </div>
  );
}

function countText(item: ExecutionCount | undefined): string {
  return item ? count(item.count) + (item.at_least ? "+" : "") : "–";
}
