import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { Button, Dialog, ErrorPanel, Skeleton } from "../../design";
import { counted } from "../counted";
import { diffDefinitions } from "../definition/diff";
import { readDefinition } from "../definition/read";
import { sourceFrom } from "../definition/source";
import { isRefusal } from "../definition/types";
import { change, definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { loadVersion } from "../load";
import { DifferenceView } from "./DifferenceView";
import styles from "./versions.module.css";

/** All versions of the workflow, with their differences from the canvas, and a button to return to one. */
export function VersionsDialog({ workflowId, open, onClose }: { readonly workflowId: string; readonly open: boolean; readonly onClose: () => void }) {
  const canEdit = useBuilder((state) => state.canEdit);
  const [chosen, setChosen] = useState<number | null>(null);
  const versions = useQuery({
    queryKey: ["workflow", workflowId, "versions"],
    enabled: open,
    queryFn: () => answer(api.GET("/api/v1/workflows/{workflow}/versions", { params: { path: { workflow: workflowId }, query: { limit: 200 } } })),
  });
  const version = chosen ?? versions.data?.items.find((item) => !item.is_current)?.version ?? versions.data?.items[0]?.version ?? null;
  return (
    <Dialog open={open} onClose={onClose} title="Versions" large description="Each time that you publish a change, it becomes a version. Executions stay on theirs.">
      {versions.isError && <ErrorPanel error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.isPending && <Skeleton rows={4} />}
      {versions.data && (
        <div className={styles.columns}>
          <ul className={styles.list} aria-label="Versions">
            {versions.data.items.map((item) => (
              <li key={item.version}>
                <button type="button" className={styles.version} aria-pressed={item.version === version} onClick={() => setChosen(item.version)}>
                  <b>
                    Version {item.version}
                    {item.is_current && " · current"}
                  </b>
                  <small>
                    {new Date(item.created_at).toLocaleString()} · {counted(item.node_count, "node")}
                  </small>
                  <small>{item.created_by ?? "unknown"}</small>
                  {item.note && <span className={styles.noteOf}>{item.note}</span>}
                </button>
              </li>
            ))}
          </ul>
          {version !== null && <VersionSide key={version} workflowId={workflowId} version={version} canEdit={canEdit} onRestored={onClose} />}
        </div>
      )}
    </Dialog>
  );
}

function VersionSide({ workflowId, version, canEdit, onRestored }: { readonly workflowId: string; readonly version: number; readonly canEdit: boolean; readonly onRestored: () => void }) {
  const store = useBuilderStore();
  const draft = useBuilder(definitionOf);
  const found = useQuery({
    queryKey: ["workflow", workflowId, "version", version],
    staleTime: Infinity,
    queryFn: () => loadVersion(workflowId, version),
  });
  if (found.isError) return <ErrorPanel error={found.error} />;
  if (!found.data) return <Skeleton rows={4} />;
  const definition = readDefinition(found.data.definition);
  if (isRefusal(definition)) return <p>{definition.message}</p>;
  return (
    <div className={styles.side}>
      <h3>From version {version} to what is on the canvas</h3>
      <DifferenceView difference={diffDefinitions(definition, draft)} />
      {canEdit && (
        <div>
          <Button
            onClick={() => {
              change(store, definition, { say: `Version ${version} put on the canvas.`, source: sourceFrom(found.data.source) });
              onRestored();
            }}
          >
            Put version {version} on the canvas
          </Button>
        </div>
      )}
    </div>
  );
}
