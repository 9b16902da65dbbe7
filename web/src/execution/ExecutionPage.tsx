import { useParams, useSearchParams } from "react-router";
import { ListTree } from "lucide-react";
import { ProblemError } from "../api/problem";
import type { AssignmentSummary, Execution } from "../api/types";
import { ButtonLink, EmptyState, ErrorPanel, hasEnded, Skeleton, StatusBadge, Tabs, Tag } from "../design";
import { lastList } from "../executions/lastList";
import { Page } from "../shell/Page";
import { Actions } from "./Actions";
import { Connection } from "./Connection";
import { tabOf } from "./tab";
import styles from "./execution.module.css";
import { GraphView } from "./GraphView";
import { History } from "./History";
import { NodePanel } from "./NodePanel";
import { SummaryPanel } from "./SummaryPanel";
import { TimelineView } from "./TimelineView";
import { useDefinition } from "./useDefinition";
import { useExecution, useFeed, type Connection as ConnectionState } from "./useFeed";
import { useShown } from "./useShown";

const from = () => ({ to: lastList(), label: "Executions" });

export default function ExecutionPage() {
  const { id = "" } = useParams();
  return <ExecutionOf key={id} id={id} />;
}

function ExecutionOf({ id }: { readonly id: string }) {
  const details = useExecution(id);
  const feed = useFeed(id, details.data);
  const execution = details.data && feed.execution ? { ...details.data, ...feed.execution } : undefined;
  if (details.error instanceof ProblemError && (details.error.status === 404 || details.error.status === 422)) return <NoSuchExecution id={id} />;
  if (!execution || !feed.assignments) {
    const error = details.error ?? feed.error;
    const retry = () => {
      void details.refetch();
      feed.refetch();
    };
    return (
      <Page title="Execution" from={from()}>
        {error ? <ErrorPanel error={error} onRetry={retry} /> : <Skeleton rows={8} label="Loading the execution" />}
      </Page>
    );
  }
  return <Loaded execution={execution} assignments={feed.assignments} connection={feed.connection} error={feed.error ?? details.error} />;
}

interface LoadedProps {
  readonly execution: Execution;
  readonly assignments: readonly AssignmentSummary[];
  readonly connection: ConnectionState;
  readonly error: unknown;
}

function Loaded({ execution, assignments, connection, error }: LoadedProps) {
  const shown = useShown();
  const definition = useDefinition(execution);
  const [, setSearch] = useSearchParams();
  const close = () => shown.select(null);
  const tabs = [
    { value: "graph", label: "Graph", content: <GraphView definition={definition} assignments={assignments} selected={shown.node} onSelect={(node) => shown.select(node)} /> },
    { value: "timeline", label: "Timeline", content: <TimelineView execution={execution} assignments={assignments} selected={shown.assignment} onSelect={(item) => shown.select(item.node_id, item.id)} /> },
    { value: "history", label: "History", content: <History execution={execution} /> },
  ];
  return (
    <Page
      title={execution.workflow}
      tab={tabOf(execution)}
      from={from()}
      beside={
        <>
          {execution.is_test && <Tag>Test run</Tag>}
          <StatusBadge status={execution.status} suspended={execution.suspended_at !== null && !hasEnded(execution.status)} />
          <Connection state={connection} />
        </>
      }
      actions={<Actions execution={execution} definition={definition.data} assignments={assignments} node={shown.node} />}
      flush
    >
      {error !== null && (
        <div className={styles.problem}>
          <ErrorPanel error={error} />
        </div>
      )}
      <div className={styles.split}>
        <Tabs label="Views of the execution" className={styles.views} tabs={tabs} value={shown.view} onChange={(view) => setSearch((search) => withParameter(search, "view", view), { replace: true })} />
        <aside className={styles.panel} aria-label={shown.node === null ? "The execution" : `Node ${shown.node}`}>
          {shown.node === null ? (
            <SummaryPanel execution={execution} definition={definition.data} assignments={assignments} onSelect={(node, assignment) => shown.select(node, assignment)} />
          ) : (
            <NodePanel key={shown.node} execution={execution} definition={definition.data} assignments={assignments} node={shown.node} assignment={shown.assignment} onVisit={(assignment) => shown.select(shown.node, assignment)} onClose={close} />
          )}
        </aside>
      </div>
    </Page>
  );
}

function withParameter(search: URLSearchParams, name: string, value: string): URLSearchParams {
  const next = new URLSearchParams(search);
  next.set(name, value);
  return next;
}

function NoSuchExecution({ id }: { readonly id: string }) {
  return (
    <Page title="Execution" from={from()}>
      <EmptyState icon={ListTree} title="There is no such execution" actions={<ButtonLink to="/executions">All executions</ButtonLink>}>
        Nothing has the id {id}. It may be mistyped, or the execution was removed.
      </EmptyState>
    </Page>
  );
}
