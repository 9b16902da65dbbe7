import { useSession } from "../session/session";

/** The title of the browser's tab. It names the workspace while the user may switch to another one. */
export function TabTitle({ of }: { readonly of: string }) {
  const { workspace, workspaces } = useSession();
  return <title>{[of, ...(workspaces.length > 1 ? [workspace.name] : []), "Interlock"].join(" · ")}</title>;
}
