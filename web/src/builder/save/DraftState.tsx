import { CircleAlert, Cloud, CloudOff, LoaderCircle } from "lucide-react";
import { cx } from "../../design";
import type { Keeping, KeepingStatus } from "./keeper";
import { useKeeping } from "./keepingState";
import styles from "./save.module.css";

const LOOKS: Readonly<Record<KeepingStatus, { readonly icon: typeof Cloud; readonly text: string } | null>> = {
  nothing: null,
  saving: { icon: LoaderCircle, text: "Saving…" },
  saved: { icon: Cloud, text: "Saved as draft" },
  offline: { icon: CloudOff, text: "Offline, kept here" },
  refused: { icon: CircleAlert, text: "Kept here only" },
  elsewhere: { icon: CircleAlert, text: "Changed in another tab" },
};

/** Says how safe the draft is. */
export function DraftState() {
  const keeping = useKeeping();
  const look = LOOKS[keeping.status];
  if (look === null) return null;
  const { icon: Icon, text } = look;
  return (
    <span className={cx(styles.state, keeping.status !== "saved" && keeping.status !== "saving" && styles.warned)} role="status" data-testid="draft-state" title={explained(keeping)}>
      <Icon size={13} aria-hidden="true" />
      {(keeping.status === "offline" || keeping.status === "refused") && !keeping.isLocal ? "Not saved" : text}
    </span>
  );
}

function explained({ status, problem, isLocal }: Keeping): string {
  if (problem !== null) return problem;
  const kept = isLocal ? "This browser keeps your changes." : "This browser has no room to keep your changes: leave the page open.";
  if (status === "offline") return `The server cannot be reached. ${kept} They are sent when it is back.`;
  if (status === "elsewhere") return `You changed this draft in another tab or browser, too. ${kept}`;
  return "The server has your draft, with errors in it. Only you see it. Publish makes a version of it.";
}
