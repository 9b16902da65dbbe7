import { useMutation } from "@tanstack/react-query";
import { api, done } from "../api/client";
import type { User } from "../api/types";
import { ConfirmDialog, ErrorPanel, useToasts } from "../design";
import { useSession } from "../session/session";

interface Props {
  readonly user: User;
  readonly onClose: () => void;
  readonly onRemoved: () => unknown;
}

/** Asks before somebody leaves the workspace; they are deleted with the last one. */
export default function RemoveUser({ user, onClose, onRemoved }: Props) {
  const { user: me, workspace, several_workspaces } = useSession();
  const toasts = useToasts();
  const remove = useMutation({
    mutationFn: () => done(api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: user.id } } })),
    onSuccess: async () => {
      onClose();
      toasts.succeeded(several_workspaces ? `Removed from ${workspace.name}` : "Deleted", user.name);
      await onRemoved();
    },
  });
  return (
    <ConfirmDialog open onClose={onClose} {...question(user, several_workspaces ? workspace.name : null, me.id === user.id)} danger busy={remove.isPending} onSubmit={() => remove.mutate()}>
      {remove.error && <ErrorPanel error={remove.error} />}
    </ConfirmDialog>
  );
}

/** `workspace`: null if there is only one. */
function question({ name }: User, workspace: string | null, isMe: boolean): { readonly title: string; readonly action: string; readonly description: string } {
  const onRecord = "What they did stays on record under their name.";
  if (workspace === null) return { title: `Delete ${name}?`, action: "Delete user", description: `They can no longer sign in, and their API keys end. ${onRecord}` };
  if (isMe) return { title: `Leave ${workspace}?`, action: "Leave", description: "You no longer see this workspace, and your API keys in it end. Another admin of it can add you again." };
  const last = "Who is in no other workspace can no longer sign in at all.";
  return { title: `Remove ${name} from ${workspace}?`, action: "Remove", description: `They no longer see this workspace, and their API keys in it end. ${last} ${onRecord}` };
}
