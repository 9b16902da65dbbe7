import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useEffectEvent, useState } from "react";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import { ErrorPanel, Skeleton, useToasts } from "../design";
import { useMay, useSession } from "../session/session";
import { Page } from "../shell/Page";
import { Builder } from "./Builder";
import type { NodeTypes } from "./definition/nodeTypes";
import type { Owner } from "./draft/kept";
import { BuilderProvider, createBuilderStore, type BuilderStore } from "./draft/store";
import { nodeTypesQuery } from "./loadNodeTypes";
import type { Asked, Opened as OpenedDraft } from "./save/open";

/** `/workflows/new` and `/workflows/:id`: loads everything that the builder needs, once. */
export default function BuilderPage() {
  const { id } = useParams();
  const [search] = useSearchParams();
  const location = useLocation();
  const canEdit = useMay("workflows.write");
  const { user, workspace } = useSession();
  const [owner] = useState({ userId: user.id, workspaceId: workspace.id });
  const draftId = id === undefined ? search.get("draft") : null;
  // A new workflow gets an address with its draft, and another one when it is published. The drawing stays, with its history.
  const name = id ?? (draftId === null ? `new ${location.key}` : `draft ${draftId}`);
  const [kept, setKept] = useState<{ readonly names: readonly string[]; readonly key: string } | null>(null);
  const isKept = kept !== null && kept.names.includes(name);
  const key = isKept ? kept.key : name;
  // The page is drawn under its old address once more before the new one comes.
  const keep = (now: string) => setKept({ names: [name, now], key });
  const types = useQuery(nodeTypesQuery);
  const asked: Asked = { id, draftId, template: search.get("template"), given: (location.state as Asked["given"] | null) ?? {}, owner, canEdit };
  const opened = useQuery({
    queryKey: ["builder", key, "opened"],
    enabled: !isKept,
    staleTime: Infinity,
    gcTime: 0,
    queryFn: async () => (await import("./save/open")).open(asked),
  });
  const error = types.error ?? opened.error;
  if (types.data === undefined || opened.data === undefined)
    return (
      <Page title="Workflow" from={{ to: "/workflows", label: "Workflows" }}>
        {error ? <ErrorPanel error={error} onRetry={() => void Promise.all([types.refetch(), opened.refetch()])} /> : <Skeleton rows={6} />}
      </Page>
    );
  return <Opened key={key} types={types.data} opened={opened.data} owner={owner} canEdit={canEdit} onAddressed={keep} />;
}

interface OpenedProps {
  readonly types: NodeTypes;
  readonly opened: OpenedDraft;
  readonly owner: Owner;
  readonly canEdit: boolean;
  /** The drawing has another address now. */
  readonly onAddressed: (name: string) => void;
}

function Opened({ types, opened, owner, canEdit, onAddressed }: OpenedProps) {
  const [{ opening, problem }] = useState(opened);
  const navigate = useNavigate();
  const [store] = useState(() => {
    const { base, definition, source, broken } = opening;
    return createBuilderStore({ types, canEdit, base, draft: definition, source, broken: broken && problem && { ...broken, problem } });
  });
  useKeptDraft(store, owner, opening, (id) => {
    if (store.get().base.workflowId !== null) return;
    onAddressed(`draft ${id}`);
    void navigate(`/workflows/new?draft=${id}`, { replace: true });
  });
  return (
    <BuilderProvider value={store}>
      <ReactFlowProvider>
        <Builder onSavedAs={onAddressed} />
      </ReactFlowProvider>
    </BuilderProvider>
  );
}

/** Keeps the draft on the server while somebody draws. */
function useKeptDraft(store: BuilderStore, owner: Owner, opening: OpenedDraft["opening"], onBegun: (id: string) => void): void {
  const toasts = useToasts();
  const begun = useEffectEvent(onBegun);
  const welcomeBack = useEffectEvent(() => {
    if (opening.isDraft) toasts.succeeded("Your changes are still here", "They are not published yet.");
  });
  useEffect(() => welcomeBack(), []);
  useEffect(() => {
    if (!store.get().canEdit) return;
    let stop: (() => void) | null = null;
    let isOver = false;
    void import("./save/keeping").then(({ keepDraft }) => {
      if (!isOver) stop = keepDraft(store, owner, opening, begun);
    });
    return () => {
      isOver = true;
      stop?.();
    };
  }, [store, owner, opening]);
}
