import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { AssignmentSummary } from "../api/types";
import { nodeTypesQuery } from "../builder/loadNodeTypes";
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
  const types = useQuery({ ...nodeTypesQuery, staleTime: Infinity });
  const error = definition.error ?? types.error;
  if (error) {
    return (
      <div className={styles.problem}>
        <ErrorPanel title="The graph cannot be drawn" error={error} onRetry={() => void Promise.all([definition.refetch(), types.refetch()])} />
      </div>
    );
  }
  if (!definition.data || !types.data) return <Skeleton rows={6} label="Loading the graph" />;
  return (
    <div className={styles.canvas}>
      <Suspense fallback={<Skeleton rows={6} label="Loading the graph" />}>
        <GraphCanvas definition={definition.data} types={types.data} assignments={assignments} selected={selected} onSelect={onSelect} />
      </Suspense>
    </div>
  );
}
