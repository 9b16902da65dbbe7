import { Card, fullTime, Tag, useToasts } from "../design";
import { ChangePasswordForm } from "../session/ChangePasswordForm";
import { useSession, useSetSession } from "../session/session";
import { Page } from "../shell/Page";
import styles from "./settings.module.css";

export default function AccountPage() {
  const { user, expires_at, permissions, several_workspaces, workspace } = useSession();
  const setSession = useSetSession();
  const toasts = useToasts();
  return (
    <Page title="Account" narrow>
      <Card title="You">
        <dl className={styles.facts}>
          <dt>Name</dt>
          <dd>{user.name}</dd>
          <dt>Email</dt>
          <dd>{user.email}</dd>
          {several_workspaces && (
            <>
              <dt>Workspace</dt>
              <dd>{workspace.name}</dd>
            </>
          )}
          <dt>Role</dt>
          <dd>{user.role}</dd>
          <dt>May</dt>
          <dd className={styles.row}>
            {permissions
              .filter((permission) => permission.includes(".") && (several_workspaces || permission !== "workspaces.manage"))
              .sort()
              .map((permission) => (
                <Tag key={permission}>{permission}</Tag>
              ))}
          </dd>
          {expires_at && (
            <>
              <dt>Signed in until</dt>
              <dd>{fullTime(expires_at)}</dd>
            </>
          )}
        </dl>
      </Card>
      <Card title="Password">
        <div className={styles.form}>
          <p className={styles.lead}>Changing it signs you out everywhere else.</p>
          <ChangePasswordForm
            current="Current password"
            action="Change password"
            onChanged={(session) => {
              setSession(session);
              toasts.succeeded("Password changed", "Every other session has ended.");
            }}
          />
        </div>
      </Card>
    </Page>
  );
}
