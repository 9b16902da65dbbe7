import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, Copy, Ellipsis, FileUp, LayoutGrid, ListTree, Play, Plus, Search, Shapes, Trash2 } from "lucide-react";
import { lazy, Suspense, useDeferredValue, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { answer, api, done } from "../api/client";
import type { ExecutionStatus, WorkflowSummary } from "../api/types";
import { counted } from "../builder/counted";
import { RunDialog } from "../builder/run/RunDialog";
import { Button, ButtonLink, ConfirmDialog, EmptyState, ErrorPanel, IconButton, Menu, MenuItem, MenuLink, Skeleton, StatusBadge, Tag, useToasts } from "../design";
import { Moment } from "../design/Moment";
import { writeJson } from "../json/writeJson";
import { useMay, useRefusal } from "../session/session";
import { Page } from "../shell/Page";
import { Drafts } from "./Drafts";
import { useImport } from "./useImport";
import styles from "./workflows.module.css";

const FirstWorkflow = lazy(() => import("./FirstWorkflow"));

const PAGE = 50;
const EVERY = 4_000;

/** All workflows, with how the last execution of each went. They are started and opened here, and new ones begun. */
export default function WorkflowsPage() {
  const [params, setParams] = useSearchParams();
  const [search, setSearch] = useState(params.get("search") ?? "");
  const wanted = useDeferredValue(search.trim());
  const tag = params.get("tag") ?? "";
  const [running, setRunning] = useState<WorkflowSummary | null>(null);
  const [deleting, setDeleting] = useState<WorkflowSummary | null>(null);
  const list = useInfiniteQuery({
    queryKey: ["workflows", "list", wanted, tag],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      answer(api.GET("/api/v1/workflows", { params: { query: { limit: PAGE, ...(wanted && { search: wanted }), ...(tag && { tag }), ...(pageParam && { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const tags = [...new Set([...items.flatMap((item) => item.tags), ...(tag === "" ? [] : [tag])])].sort();
  const setTag = (next: string) => setParams(next === "" ? {} : { tag: next }, { replace: true });
  const isNarrowed = wanted !== "" || tag !== "";
  return (
    <Page title="Workflows" actions={<NewMenu />} flush>
      <div className={styles.tools}>
        <label className={styles.search}>
          <Search size={14} aria-hidden="true" />
          <span className="visually-hidden">Search workflows by name</span>
          <input data-filter="" type="search" placeholder="Search by name" value={search} onChange={(event) => setSearch(event.target.value)} />
        </label>
        {tags.length > 0 && (
          <div className={styles.tags} role="group" aria-label="Tags">
            {tags.map((each) => (
              <button key={each} type="button" className={styles.tag} aria-pressed={each === tag} onClick={() => setTag(each === tag ? "" : each)}>
                {each}
              </button>
            ))}
          </div>
        )}
      </div>
      {list.error && (
        <div className={styles.problem}>
          <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />
        </div>
      )}
      {!isNarrowed && <Drafts />}
      {list.isPending && <Skeleton rows={7} label="Loading workflows" />}
      {list.data && items.length === 0 && <NothingThere isNarrowed={isNarrowed} />}
      {items.length > 0 && (
        <>
          <div className={styles.columns} aria-hidden="true">
            <span>Name</span>
            <span>Last execution</span>
            <span className={styles.open}>Open</span>
            <span className={styles.when}>Changed</span>
            <span />
          </div>
          <ul className={styles.rows} aria-label="Workflows">
            {items.map((item) => (
              <Row key={item.id} item={item} onRun={() => setRunning(item)} onDelete={() => setDeleting(item)} />
            ))}
          </ul>
        </>
      )}
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
      {deleting && <DeleteDialog item={deleting} onClose={() => setDeleting(null)} />}
      {running && <RunDialog workflow={running} open onClose={() => setRunning(null)} />}
    </Page>
  );
}

function Row({ item, onRun, onDelete }: { readonly item: WorkflowSummary; readonly onRun: () => void; readonly onDelete: () => void }) {
  const refusal = useRefusal("workflows.run");
  return (
    <li className={styles.row}>
      <Link to={`/workflows/${item.id}`} className={styles.link} data-row="">
        <span className={styles.what}>
          <strong>{item.name}</strong>
          <span className={styles.about}>
            v{item.version} · {counted(item.node_count, "node")}
            {item.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </span>
          {item.description && <span className={styles.description}>{item.description}</span>}
        </span>
        <span className={styles.last}>
          {item.last_execution_status ? (
            <>
              <StatusBadge status={item.last_execution_status as ExecutionStatus} bare />
              {item.last_execution_at && (
                <small>
                  <Moment at={item.last_execution_at} />
                </small>
              )}
            </>
          ) : (
            <small>never run</small>
          )}
        </span>
        <span className={styles.open}>{item.open_executions > 0 ? <span className="numbers">{item.open_executions >= 1_000 ? "1,000+" : item.open_executions}</span> : <small>0</small>}</span>
        <span className={styles.when}>
          <Moment at={item.updated_at} />
        </span>
      </Link>
      <IconButton label={`Run ${item.name}`} blocked={refusal} onClick={onRun}>
        <Play size={15} />
      </IconButton>
      <RowMenu item={item} onDelete={onDelete} />
    </li>
  );
}

function RowMenu({ item, onDelete }: { readonly item: WorkflowSummary; readonly onDelete: () => void }) {
  const canEdit = useMay("workflows.write");
  const navigate = useNavigate();
  const toasts = useToasts();
  const duplicate = async () => {
    const { loadWorkflow } = await import("../builder/load");
    const { definition } = await loadWorkflow(item.id);
    void navigate("/workflows/new", { state: { definition: writeJson({ ...definition, name: `${item.name} copy`.slice(0, 100) }) } });
  };
  return (
    <Menu
      trigger={
        <IconButton label={`More of ${item.name}`}>
          <Ellipsis size={15} />
        </IconButton>
      }
    >
      <MenuLink icon={<ListTree size={14} />} to={`/executions?workflow=${encodeURIComponent(item.name)}`}>
        Executions
      </MenuLink>
      {canEdit && (
        <>
          <MenuItem icon={<Copy size={14} />} onSelect={() => void duplicate().catch((error: unknown) => toasts.failed("Not duplicated", error))}>
            Duplicate
          </MenuItem>
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={onDelete}>
            Delete
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

function DeleteDialog({ item, onClose }: { readonly item: WorkflowSummary; readonly onClose: () => void }) {
  const toasts = useToasts();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => done(api.DELETE("/api/v1/workflows/{workflow}", { params: { path: { workflow: item.id } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["workflows"] });
      toasts.succeeded(`${item.name} deleted`);
      onClose();
    },
    onError: (error) => toasts.failed("Not deleted", error),
  });
  return (
    <ConfirmDialog
      open
      title={`Delete ${item.name}?`}
      description="It can no longer be started and is no longer listed. Its executions go on and stay readable."
      action="Delete"
      danger
      busy={remove.isPending}
      onClose={onClose}
      onSubmit={() => remove.mutate()}
    />
  );
}

function NewMenu() {
  const canEdit = useMay("workflows.write");
  const importFile = useImport();
  if (!canEdit) return null;
  return (
    <Menu
      trigger={
        <Button look="primary">
          <Plus size={14} aria-hidden="true" /> New <ChevronDown size={13} aria-hidden="true" />
        </Button>
      }
    >
      <MenuLink to="/workflows/new" icon={<LayoutGrid size={14} />}>
        Empty workflow
      </MenuLink>
      <MenuLink to="/gallery" icon={<Shapes size={14} />}>
        From an example
      </MenuLink>
      <MenuItem icon={<FileUp size={14} />} onSelect={importFile}>
        From a JSON or YAML file
      </MenuItem>
    </Menu>
  );
}

function NothingThere({ isNarrowed }: { readonly isNarrowed: boolean }) {
  const canEdit = useMay("workflows.write");
  if (isNarrowed)
    return (
      <EmptyState icon={Search} title="Nothing matches" actions={<ButtonLink to="/workflows">Show all</ButtonLink>}>
        No workflow has this name and tag.
      </EmptyState>
    );
  if (!canEdit)
    return (
      <EmptyState icon={LayoutGrid} title="No workflows yet">
        A workflow is a graph of steps: what code, people and services do, and in which order. Your role shows workflows; an editor or an admin makes them.
      </EmptyState>
    );
  return (
    <Suspense fallback={<Skeleton rows={4} />}>
      <FirstWorkflow isKnown />
    </Suspense>
  );
}
