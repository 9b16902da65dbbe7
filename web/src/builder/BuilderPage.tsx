import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useEffectEvent, useState } from "react";
import { useLocation, useParams, useSearchParams } from "react-router";
import { onMove } from "../api/client";
import type { Workflow } from "../api/types";
import { parseJson } from "../json/parseJson";
import { ErrorPanel, Skeleton, useToasts } from "../design";
import { sessionQuery, useMay, useSession } from "../session/session";
import { Page } from "../shell/Page";
import { Builder } from "./Builder";
import type { NodeTypes } from "./definition/nodeTypes";
import { readDefinition } from "./definition/read";
import { sourceFrom, type Source } from "./definition/source";
import { isRefusal, type Definition } from "./definition/types";
import { forgetDraft, keepDraft, keptDraft, storeDraft, type KeptDraft, type Owner } from "./draft/kept";
import { BuilderProvider, createBuilderStore, type BuilderStore, type Start } from "./draft/store";
import { loadWorkflow } from "./load";
import { nodeTypesQuery } from "./loadNodeTypes";
import { loadTemplate } from "./templates";

/** The first state of a new workflow: of a template or a file, with its text. */
interface Beginning {
  readonly definition: Definition;
  readonly source: Source | null | undefined;
}

const EMPTY_BASE: Definition = { name: "", nodes: [], connections: [] };

/** `/workflows/new` and `/workflows/:id`: loads everything that the builder needs, once. */
export default function BuilderPage() {
  const { id } = useParams();
  const [search] = useSearchParams();
  const location = useLocation();
  const template = search.get("template");
  // As text: the state that a browser keeps with an address would lose exact numbers.
  const given = (location.state as { definition?: string; source?: Source } | null) ?? {};
  // A new workflow gets an address when it is saved. The drawing stays, with its history.
  const [kept, setKept] = useState<{ readonly id: string; readonly key: string } | null>(null);
  const isKept = kept !== null && kept.id === id;
  const key = isKept ? kept.key : (id ?? `new ${location.key}`);
  const types = useQuery(nodeTypesQuery);
  const workflow = useQuery({
    queryKey: ["workflow", id, "opened"],
    enabled: id !== undefined && !isKept,
    staleTime: Infinity,
    gcTime: 0,
    queryFn: () => loadWorkflow(id ?? ""),
  });
  const beginning = useQuery({ queryKey: ["template", template], enabled: id === undefined && given.definition === undefined, staleTime: Infinity, queryFn: () => loadTemplate(template) });
  const error = types.error ?? workflow.error ?? beginning.error;
  const draft = given.definition === undefined ? beginning.data?.definition : readDefinition(parseJson(given.definition));
  const source = given.definition === undefined ? beginning.data?.source : given.source;
  const isReady = types.data !== undefined && (isKept || (id === undefined ? draft !== undefined : workflow.data !== undefined));
  if (!isReady)
    return (
      <Page title="Workflow" from={{ to: "/workflows", label: "Workflows" }}>
        {error ? <ErrorPanel error={error} onRetry={() => void Promise.all([types.refetch(), workflow.refetch()])} /> : <Skeleton rows={6} />}
      </Page>
    );
  return <Opened key={key} onSavedAs={(saved) => setKept({ id: saved, key })} types={types.data} workflow={workflow.data} draft={id === undefined && draft !== undefined && !isRefusal(draft) ? { definition: draft, source } : undefined} />;
}

function Opened({ types, workflow, draft, onSavedAs }: { readonly onSavedAs: (id: string) => void; readonly types: NodeTypes; readonly workflow: Workflow | undefined; readonly draft: Beginning | undefined }) {
  const canEdit = useMay("workflows.write");
  const { user, workspace } = useSession();
  const [owner] = useState({ userId: user.id, workspaceId: workspace.id });
  const [kept] = useState(() => keptDraft(owner, workflow?.id ?? null));
  const [start] = useState(() => startOf(types, canEdit, workflow, draft, kept));
  const [store] = useState(() => ("refused" in start ? null : createBuilderStore(start)));
  useKeptDraft(store, owner, kept !== null);
  if (store === null)
    return (
      <Page title="Workflow" from={{ to: "/workflows", label: "Workflows" }}>
        <ErrorPanel error={new Error("message" in start ? start.message : "")} title="This definition cannot be drawn" />
      </Page>
    );
  return (
    <BuilderProvider value={store}>
      <ReactFlowProvider>
        <Builder onSavedAs={onSavedAs} />
      </ReactFlowProvider>
    </BuilderProvider>
  );
}

/** Keeps the draft when the session ends or moves to another workspace. After the sign-in, or back in the workspace, a new page continues with it. */
function useKeptDraft(store: BuilderStore | null, owner: Owner, isGoingOn: boolean): void {
  const client = useQueryClient();
  const toasts = useToasts();
  const welcomeBack = useEffectEvent(() => {
    forgetDraft(owner);
    if (isGoingOn) toasts.succeeded("Your changes are still here", "They are not saved yet.");
  });
  useEffect(() => welcomeBack(), []);
  useEffect(
    () => () => {
      if (store !== null && client.getQueryData(sessionQuery.queryKey) === null) keepDraft(owner, store.get());
    },
    [client, store, owner],
  );
  useEffect(() => onMove(() => store && storeDraft(owner, store.get())), [store, owner]);
}

function startOf(types: NodeTypes, canEdit: boolean, workflow: Workflow | undefined, draft: Beginning | undefined, kept: KeptDraft | null): Start | { refused: string; message: string } {
  if (kept !== null) return { types, canEdit, base: kept.base, draft: kept.definition };
  if (workflow === undefined) return { types, canEdit, base: { workflowId: null, version: null, definition: EMPTY_BASE }, draft: draft?.definition, source: draft?.source };
  const definition = readDefinition(workflow.definition);
  if (isRefusal(definition)) return definition;
  return { types, canEdit, base: { workflowId: workflow.id, version: workflow.version, definition, source: sourceFrom(workflow.source) } };
}
