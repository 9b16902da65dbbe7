import { useQuery } from "@tanstack/react-query";
import { GitMerge, Users } from "lucide-react";
import { useEffect } from "react";
import { answer, api } from "../../api/client";
import { Button, cx } from "../../design";
import { useBuilder } from "../draft/store";
import styles from "./save.module.css";

/** The server counts whoever said so within 30 seconds. */
const EVERY_MS = 10_000;

/** Says who else has the workflow open in a builder, and whether somebody published meanwhile. Tells the server that this user has it open. */
export default function Presence({ workflowId, onMerge }: { readonly workflowId: string; readonly onMerge: () => void }) {
  const base = useBuilder((state) => state.base.version);
  const editing = useQuery({
    queryKey: ["workflow", workflowId, "editors"],
    refetchInterval: EVERY_MS,
    staleTime: 0,
    queryFn: ({ signal }) => answer(api.POST("/api/v1/workflows/{workflow}/editors", { params: { path: { workflow: workflowId } }, body: { leaves: false } as never, signal })),
  });
  useLeaving(workflowId);
  if (editing.data === undefined) return null;
  const { editors, current_version: version, version_created_by: by } = editing.data;
  return (
    <>
      {editors.length > 0 && (
        <span className={styles.others} role="status" data-testid="presence">
          <Users size={13} aria-hidden="true" /> {toldOf(editors.map((each) => each.name))}
        </span>
      )}
      {base !== null && version > base && (
        <Button small onClick={onMerge} title={`${by ?? "Somebody"} published version ${version}. You began with version ${base}.`}>
          <GitMerge size={13} aria-hidden="true" /> <span className={cx(styles.wide)}>Version {version} is out: merge</span>
        </Button>
      )}
    </>
  );
}

/** `Ana is editing too`, `Ana and Ben are editing too`, `Ana and 2 others are editing too`. */
export function toldOf(names: readonly string[]): string {
  const [first = "", second = ""] = names;
  if (names.length === 1) return `${first} is editing too`;
  return names.length === 2 ? `${first} and ${second} are editing too` : `${first} and ${names.length - 1} others are editing too`;
}

/** Says at once that the builder is closed. */
function useLeaving(workflowId: string): void {
  useEffect(() => {
    const leave = () => void api.POST("/api/v1/workflows/{workflow}/editors", { params: { path: { workflow: workflowId } }, body: { leaves: true } as never, keepalive: true }).catch(() => undefined);
    globalThis.addEventListener("pagehide", leave);
    return () => {
      globalThis.removeEventListener("pagehide", leave);
      leave();
    };
  }, [workflowId]);
}
