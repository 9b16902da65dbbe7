"""Lists and reads workflows and their versions."""

from typing import LiteralString
from uuid import UUID

from interlock.errors import WorkflowNotFound, WorkflowVersionNotFound
from interlock.insight.reading import Scope, in_workspace, read_records, read_rows
from interlock.insight.records.workflows import StoredVersion, VersionSummary, WorkflowSummary

OPEN_COUNT_LIMIT = 1_000
"""Maximum number of open executions counted in one workflow."""

_NODE_COUNT: LiteralString = "(select count(*) from interlock.nodes n where n.version_id = v.id)"
_LIST: LiteralString = f"""
    select w.id, w.name, v.definition ->> 'description' as description, v.tags, v.version, {_NODE_COUNT} as node_count, w.created_at, w.updated_at,
           (select count(*) from (
               select from unnest('{{pending,running,waiting,paused}}'::text[]) s (status)
               cross join lateral (
                   select from interlock.executions e
                   where e.workflow_id = w.id and e.status = s.status and e.test is null limit {OPEN_COUNT_LIMIT}) x
               limit {OPEN_COUNT_LIMIT}) o) as open_executions,
           last.status as last_execution_status, last.created_at as last_execution_at
    from interlock.workflows w
    join interlock.workflow_versions v on v.workflow_id = w.id and v.version = w.current_version
    left join lateral (select l.status, l.created_at from interlock.list_executions(
        '{{pending,running,waiting,paused,completed,failed,cancelled,timed_out}}', w.id, null, '-infinity', 'infinity', 'infinity',
        '00000000-0000-0000-0000-000000000000', 1) l) last on true
    where w.deleted_at is null and {in_workspace("w")}
      and (%(after)s::text is null or (lower(w.name) collate "C", w.name collate "C") > (lower(%(after)s), %(after)s))
      and (%(search)s::text is null or strpos(lower(w.name), lower(%(search)s)) > 0)
      and (%(tag)s::text is null or %(tag)s = any (v.tags))
    order by lower(w.name) collate "C", w.name collate "C" limit %(limit)s
"""
_VERSION: LiteralString = f"""
    select w.id, w.name, v.version, w.current_version, v.checksum, v.definition, v.source, v.warnings, w.created_at, w.updated_at,
           v.created_at as version_created_at, v.created_by as version_created_by, v.note
    from interlock.workflows w
    join interlock.workflow_versions v on v.workflow_id = w.id and v.version = coalesce(%(version)s::integer, w.current_version)
    where w.id = %(workflow)s and {in_workspace("w")}
"""
_VERSIONS: LiteralString = f"""
    select v.version, v.checksum, {_NODE_COUNT} as node_count, v.created_at, v.created_by, v.note, v.version = w.current_version as is_current
    from interlock.workflow_versions v join interlock.workflows w on w.id = v.workflow_id
    where v.workflow_id = %(workflow)s and v.kind = 'published' and {in_workspace("w")} and (%(before)s::integer is null or v.version < %(before)s)
    order by v.version desc limit %(limit)s
"""
_KNOWN: LiteralString = f"select w.id from interlock.workflows w where w.id = %(key)s and {in_workspace('w')}"


async def list_workflows(scope: Scope, *, search: str | None, tag: str | None, after: str | None, limit: int) -> list[WorkflowSummary]:
    """List at most `limit` workflows by name, those after the name `after`; without deleted ones."""
    return await read_records(scope, WorkflowSummary, _LIST, search=search, tag=tag, after=after, limit=limit)


async def find_workflow(scope: Scope, reference: str, *, deleted: bool = False) -> UUID:
    """Find a workflow by its name or its id; returns its id. With `deleted`, a deleted workflow is found, too, by its id.

    Raises:
        WorkflowNotFound: there is no such workflow.
    """
    (row,) = await read_rows(scope, "select interlock.find_workflow(%(reference)s) as id", reference=reference)
    found: UUID | None = row["id"]
    if found is None and deleted and (key := _parse_uuid(reference)) is not None:
        rows = await read_rows(scope, _KNOWN, key=key)
        found = rows[0]["id"] if rows else None
    if found is None:
        raise WorkflowNotFound(f"there is no workflow {reference}")
    return found


async def read_version(scope: Scope, workflow: UUID, version: int | None = None) -> StoredVersion:
    """Read a workflow at a version; without a number, at the current one.

    Raises:
        WorkflowNotFound: there is no such workflow.
        WorkflowVersionNotFound: it does not have this version.
    """
    found = await read_records(scope, StoredVersion, _VERSION, workflow=workflow, version=version)
    if not found and version is None:
        raise WorkflowNotFound(f"there is no workflow {workflow}")
    if not found:
        raise WorkflowVersionNotFound(f"the workflow {workflow} has no version {version}")
    return found[0]


async def list_versions(scope: Scope, workflow: UUID, *, before: int | None, limit: int) -> list[VersionSummary]:
    """List at most `limit` versions, newest first, those before the number `before`."""
    return await read_records(scope, VersionSummary, _VERSIONS, workflow=workflow, before=before, limit=limit)


def _parse_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
