import { lazy, Suspense, useState, type ReactNode } from "react";
import { ConfirmDialog } from "../design";
import { definitionOf, isChanged, useBuilder, useBuilderStore } from "./draft/store";
import { isUnsafe } from "./save/keepingState";
import type { Saving } from "./save/useSaving";
import { useGuard } from "./useGuard";
import { useView, useViewStore } from "./view/viewStore";

const Help = lazy(async () => ({ default: (await import("./Help")).Help }));
const RunDialog = lazy(async () => ({ default: (await import("./run/RunDialog")).RunDialog }));
const ConflictDialog = lazy(async () => ({ default: (await import("./versions/ConflictDialog")).ConflictDialog }));
const PublishDialog = lazy(() => import("./save/PublishDialog"));
const VersionsDialog = lazy(async () => ({ default: (await import("./versions/VersionsDialog")).VersionsDialog }));

/** The dialogs of the builder. */
export function Dialogs({ saving }: { readonly saving: Saving }) {
  const view = useViewStore();
  const dialog = useView((state) => state.dialog);
  const definition = useBuilder(definitionOf);
  const base = useBuilder((state) => state.base);
  const close = () => view.set({ dialog: null });
  return (
    <>
      {base.workflowId !== null && (
        <>
          <Once wanted={dialog === "versions"}>
            <VersionsDialog workflowId={base.workflowId} open={dialog === "versions"} onClose={close} />
          </Once>
          <Once wanted={dialog === "run"}>
            <RunDialog
              workflow={{ id: base.workflowId, name: base.definition.name }}
              triggers={definition.nodes.filter((node) => node.type === "TRIGGER_NODE").map((node) => ({ id: node.id, title: node.name ?? node.id }))}
              open={dialog === "run"}
              onClose={close}
            />
          </Once>
        </>
      )}
      <Once wanted={saving.conflict !== null}>
        <ConflictDialog conflict={saving.conflict} onClose={saving.closeConflict} />
      </Once>
      <Once wanted={dialog === "publish"}>
        <PublishDialog open={dialog === "publish"} busy={saving.isSaving} onClose={close} onPublish={saving.publish} />
      </Once>
      <Once wanted={dialog === "help"}>
        <Help open={dialog === "help"} onClose={close} />
      </Once>
      <LeaveDialog />
    </>
  );
}

/** Asks before changes are lost that neither the server nor this browser could keep. */
function LeaveDialog() {
  const store = useBuilderStore();
  const [isUnsaved] = useState(() => () => isChanged(store.get()) && isUnsafe(store));
  const guard = useGuard(isUnsaved);
  return (
    <ConfirmDialog
      open={guard.state === "blocked"}
      title="Leave and lose your changes?"
      description="The server does not have them, and this browser has no room to keep them."
      action="Leave"
      danger
      onClose={() => guard.reset?.()}
      onSubmit={() => guard.proceed?.()}
    />
  );
}

/** Loads its content when it is first wanted, and keeps it, with everything typed into it. */
function Once({ wanted, children }: { readonly wanted: boolean; readonly children: ReactNode }) {
  const [was, setWas] = useState(wanted);
  if (wanted && !was) setWas(true);
  return was && <Suspense fallback={null}>{children}</Suspense>;
}
