import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { Card, ErrorPanel, fullTime, Skeleton } from "../design";
import { useMay, useSession } from "../session/session";
import { Page } from "../shell/Page";
import { LIMITS, shownLimit, shownStored } from "./limits";
import styles from "./settings.module.css";
import { WorkspaceList } from "./WorkspaceList";

/** All workspaces, for the admins of the installation; their own one, for the admins of the others. */
export default function WorkspacesPage() {
  return useMay("workspaces.manage") ? <WorkspaceList /> : <OwnWorkspace />;
}

function OwnWorkspace() {
  const { id } = useSession().workspace;
  const query = useQuery({ queryKey: ["workspaces", id], queryFn: ({ signal }) => answer(api.GET("/api/v1/workspaces/{workspace_id}", { params: { path: { workspace_id: id } }, signal })) });
  const workspace = query.data;
  return (
    <Page title="Workspaces" narrow>
      <p className={styles.lead}>Your workspace shares this installation with others. An admin of the workspace default can change its name and its limits.</p>
      {query.error && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <Card flush>
          <Skeleton rows={5} />
        </Card>
      )}
      {workspace && (
        <Card title={workspace.name}>
          <dl className={styles.facts}>
            {LIMITS.map((limit) => (
              <div key={limit.name}>
                <dt>{limit.label}</dt>
                <dd>{shownLimit(workspace, limit) ?? limit.without}</dd>
              </div>
            ))}
            <div>
              <dt>Stored now</dt>
              <dd title={workspace.stored_measured_at ? `Measured at ${fullTime(workspace.stored_measured_at)}` : undefined}>{shownStored(workspace)}</dd>
            </div>
            <div>
              <dt>Made</dt>
              <dd>{fullTime(workspace.created_at)}</dd>
            </div>
          </dl>
        </Card>
      )}
    </Page>
  );
}
