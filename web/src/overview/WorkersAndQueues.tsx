import { useQuery } from "@tanstack/react-query";
import { Layers, ServerOff } from "lucide-react";
import { answer, api } from "../api/client";
import type { WorkerSummary } from "../api/types";
import { Card, CodeBlock, count, duration, EmptyState, ErrorPanel, Moment, Skeleton, Table, Tag } from "../design";
import styles from "./overview.module.css";

export function Workers({ every }: { readonly every: number }) {
  const workers = useQuery({ queryKey: ["workers"], queryFn: ({ signal }) => answer(api.GET("/api/v1/workers", { signal })), refetchInterval: every });
  return (
    <Card title="Workers" aside={workers.data && <small>{workers.data.items.filter((worker) => worker.status === "alive").length} alive</small>} flush>
      {workers.data ? (
        workers.data.items.length === 0 ? (
          <EmptyState icon={ServerOff} title="No worker is running" actions={<CodeBlock text="interlock worker" label="Copy the command" />}>
            Workers do what the nodes say. Without one, executions wait. Start one where the database can be reached:
          </EmptyState>
        ) : (
          <Table
            label="Workers"
            rows={workers.data.items}
            rowKey={(worker) => worker.id}
            columns={[
              {
                title: "Worker",
                cell: (worker) => (
                  <div className={styles.node}>
                    <span>{worker.name || worker.id.slice(-8)}</span>
                    <small>{worker.queues.join(", ")}</small>
                  </div>
                ),
              },
              { title: "State", cell: (worker) => <WorkerState worker={worker} /> },
              { title: "Heartbeat", soft: true, cell: (worker) => <Moment at={worker.heartbeat_at} /> },
              { title: "Running", number: true, cell: (worker) => count(worker.running) },
            ]}
          />
        )
      ) : workers.error ? (
        <ErrorPanel error={workers.error} />
      ) : (
        <Skeleton rows={3} />
      )}
    </Card>
  );
}

const WORDS = { alive: "Alive", stopped: "Stopped", lost: "Lost" } as const;

function WorkerState({ worker }: { readonly worker: WorkerSummary }) {
  return (
    <span className={styles.state}>
      <i className={styles[worker.status]} aria-hidden="true" />
      {WORDS[worker.status]}
    </span>
  );
}

export function Queues({ every }: { readonly every: number }) {
  const queues = useQuery({ queryKey: ["queues"], queryFn: ({ signal }) => answer(api.GET("/api/v1/queues", { signal })), refetchInterval: every });
  return (
    <Card title="Queues" flush>
      {queues.data ? (
        queues.data.items.length === 0 ? (
          <EmptyState icon={Layers} title="No queue is used">
            A queue holds what waits for a worker. It appears here with its first assignment.
          </EmptyState>
        ) : (
          <Table
            label="Queues"
            rows={queues.data.items}
            rowKey={(queue) => queue.queue}
            columns={[
              {
                title: "Queue",
                cell: (queue) => (
                  <span className={styles.state}>
                    {queue.queue}
                    {queue.workers === 0 && queue.due + queue.delayed > 0 && <Tag>Nobody serves it</Tag>}
                  </span>
                ),
              },
              { title: "Due", number: true, cell: (queue) => count(queue.due) },
              { title: "Retries", number: true, wide: true, cell: (queue) => count(queue.delayed) },
              { title: "Running", number: true, cell: (queue) => count(queue.running) },
              { title: "Oldest waits", number: true, cell: (queue) => (queue.oldest_due_seconds === null ? "–" : duration(queue.oldest_due_seconds * 1_000)) },
              { title: "Workers", number: true, wide: true, cell: (queue) => count(queue.workers) },
            ]}
          />
        )
      ) : queues.error ? (
        <ErrorPanel error={queues.error} />
      ) : (
        <Skeleton rows={3} />
      )}
    </Card>
  );
}
