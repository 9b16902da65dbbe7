import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { PencilRuler, Play } from "lucide-react";
import { lazy, Suspense } from "react";
import { useNavigate } from "react-router";
import { nodeTypesQuery } from "../builder/loadNodeTypes";
import { counted } from "../builder/counted";
import { Button, ButtonLink, ErrorPanel, Prose, Skeleton, useToasts } from "../design";
import { writeJson } from "../json/writeJson";
import { useMay, useRefusal } from "../session/session";
import type { Example } from "./examples";
import styles from "./gallery.module.css";

const Picture = lazy(() => import("./Picture"));

/** All examples, each with its picture, what it does, and a button that runs it at once. */
export default function Gallery() {
  const examples = useQuery({ queryKey: ["examples"], staleTime: Infinity, queryFn: async () => (await import("./examples")).readExamples() });
  if (examples.error) return <ErrorPanel error={examples.error} onRetry={() => void examples.refetch()} />;
  if (examples.data === undefined) return <Skeleton rows={6} label="Loading the examples" />;
  return (
    <ul className={styles.gallery} aria-label="Examples">
      {examples.data.map((example) => (
        <ExampleCard key={example.key} example={example} />
      ))}
    </ul>
  );
}

function ExampleCard({ example }: { readonly example: Example }) {
  const { definition, key, shows, input } = example;
  const canEdit = useMay("workflows.write");
  const types = useQuery(nodeTypesQuery);
  return (
    <li className={styles.card}>
      <div className={styles.frame}>
        <Suspense fallback={null}>{types.data && <Picture definition={definition} types={types.data} />}</Suspense>
      </div>
      <div className={styles.words}>
        <h3>{definition.name}</h3>
        {typeof definition.description === "string" && <p>{definition.description}</p>}
        <p className={styles.shows}>
          {counted(definition.nodes.length, "node")}. Shows: <Prose text={shows} />
        </p>
        <details>
          <summary>Its input</summary>
          <pre>{writeJson(input, 2)}</pre>
        </details>
      </div>
      <div className={styles.actions}>
        <RunButton example={example} />
        {canEdit && (
          <ButtonLink to={`/workflows/new?template=${key}`} aria-label={`Open ${definition.name} in the builder`}>
            <PencilRuler size={14} aria-hidden="true" /> Open
          </ButtonLink>
        )}
      </div>
    </li>
  );
}

function RunButton({ example }: { readonly example: Example }) {
  const toasts = useToasts();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [cannotEdit, cannotRun] = [useRefusal("workflows.write"), useRefusal("workflows.run")];
  const run = useMutation({
    mutationFn: async () => (await import("./runExample")).runExample(example),
    onSuccess: (execution) => {
      void client.invalidateQueries({ queryKey: ["workflows"] });
      void navigate(`/executions/${execution}`);
    },
    onError: (error) => toasts.failed(`${example.definition.name} was not started`, error),
  });
  return (
    <Button look="primary" busy={run.isPending} blocked={cannotEdit ?? cannotRun} aria-label={`Run ${example.definition.name}`} onClick={() => run.mutate()}>
      <Play size={14} aria-hidden="true" /> Run
    </Button>
  );
}
