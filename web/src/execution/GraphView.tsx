import { lazy, Suspense } from "react";
import type { AssignmentSummary } from "../api/types";
import { ErrorPanel, Skeleton } from "../design";
import styles from "./execution.module.css";
import type { DefinitionQuery } from "./useDefinition";

const GraphCanvas = lazy(() => import("./GraphCanvas"));

interface Props {
  readonly definition: DefinitionQuery;
  readonly assignments: readonly AssignmentSummary[];
  readonly selected: string | null;
  readonly onSelect: (node: string | null) => void;
}

export function GraphView({ definition, assignments, selected, onSelect }: Props) {
  if (definition.error) {
    return (
      <div className={styles.problem}>
        <ErrorPanel title="The graph cannot be drawn" error={definition.error} onRetry={() => void definition.refetch()} />
      </div>
    );
  }
  if (!definition.data) return <Skeleton rows={6} label="Loading the graph" />;
  return (
    <div className={styles.canvas}>
      <Suspense fallback={<Skeleton rows={6} label="Loading the graph" />}>
        <GraphCanvas definition={definition.data} assignments={assignments} selected={selected} onSelect={onSelect} />
      </Suspense>
    </div>
  );
}
