import { CircleCheck, Coffee } from "lucide-react";
import { Link } from "react-router";
import type { Overview } from "../api/types";
import { Card, count, EmptyState, Moment, Table } from "../design";
import styles from "./overview.module.css";

export function FailingNodes({ nodes }: { readonly nodes: Overview["failing_nodes"] }) {
  return (
    <Card title="Where it fails" flush>
      {nodes.length === 0 ? (
        <EmptyState icon={CircleCheck} title="No node failed" />
      ) : (
        <Table
          label="Nodes that fail"
          rows={nodes}
          rowKey={(node) => `${node.workflow}/${node.node_id}`}
          columns={[
            {
              title: "Node",
              cell: (node) => (
                <div className={styles.node}>
                  <Link to={`/executions/${node.last_execution_id}?node=${encodeURIComponent(node.node_id)}`}>{node.node_id}</Link>
                  <small>{node.workflow}</small>
                </div>
              ),
            },
            {
              title: "Last error",
              soft: true,
              cell: (node) => (
                <span className={styles.cut} title={node.last_message}>
                  {node.last_message}
                </span>
              ),
            },
            { title: "Failures", number: true, cell: (node) => <Link to={`/executions?status=failed&workflow=${encodeURIComponent(node.workflow)}`}>{count(node.count)}</Link> },
          ]}
        />
      )}
    </Card>
  );
}

const AWAITED: ReadonlyMap<string, string> = new Map([
  ["time", "Time"],
  ["signal", "A signal"],
  ["callback", "A callback"],
  ["person", "A person"],
]);

export function Waiting({ waiting }: { readonly waiting: Overview["waiting"] }) {
  return (
    <Card title="What waits" flush>
      {waiting.length === 0 ? (
        <EmptyState icon={Coffee} title="Nothing waits" />
      ) : (
        <Table
          label="What waits"
          rows={waiting}
          rowKey={(item) => item.wait_for}
          columns={[
            { title: "For", cell: (item) => AWAITED.get(item.wait_for) ?? item.wait_for.replaceAll("_", " ") },
            { title: "Oldest", soft: true, cell: (item) => <Moment at={item.oldest_at} /> },
            { title: "Visits", number: true, cell: (item) => count(item.count) },
          ]}
        />
      )}
    </Card>
  );
}
