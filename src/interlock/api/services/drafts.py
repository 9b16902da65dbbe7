"""Keeps the unfinished work of the caller, and says who else edits a workflow. Nobody sees a draft of somebody else."""

from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor, time_and_id
from interlock.api.models.base import Nothing
from interlock.api.models.drafts import DeleteDraft, Draft, DraftList, DraftSummary, EditorList, GetDraft, ListDrafts, ReportEditing, SaveDraft
from interlock.controlplane.drafts import Drafts
from interlock.errors import InvalidRequest
from interlock.insight import workflows as insight


async def list_drafts(call: Call, request: ListDrafts) -> DraftList:
    """Returns the caller's drafts, those saved last first."""
    after = read_cursor(request.cursor, time_and_id, 2)
    workflow = None if request.workflow is None else await insight.find_workflow(call.scope, request.workflow)
    found = await _drafts(call).list_drafts(call.caller.user_id, workflow_id=workflow, after=after, limit=request.limit + 1)
    items = found[: request.limit]
    cursor = make_cursor(items[-1].updated_at, items[-1].id) if len(found) > len(items) else None
    return DraftList(items=[DraftSummary.model_validate(one) for one in items], next_cursor=cursor)


async def get_draft(call: Call, request: GetDraft) -> Draft:
    """Raises DraftNotFound, also if it is somebody else's."""
    return Draft.model_validate(await _drafts(call).get_draft(call.caller.user_id, request.draft_id))


async def save_draft(call: Call, request: SaveDraft) -> DraftSummary:
    """Saves a draft as it is, without a check of its definition."""
    if request.definition is None and request.text is None:
        raise InvalidRequest.of("definition", "a draft needs a definition or a text", code="missing", hint="send what the person has so far")
    if (request.text is None) != (request.syntax is None):
        raise InvalidRequest.of("syntax", "a text needs its syntax, and only a text has one", code="syntax", hint="send yaml or json with the text")
    workflow = None if request.workflow is None else await insight.find_workflow(call.scope, request.workflow)
    if request.base_version is not None and workflow is None:
        raise InvalidRequest.of("base_version", "only a draft of a workflow is based on a version", code="workflow", hint="send the workflow, too")
    saved = await _drafts(call).save_draft(
        call.caller.user_id,
        request.draft_id,
        workflow_id=workflow,
        base_version=request.base_version,
        definition=request.definition,
        text=request.text,
        syntax=request.syntax,
        pins=request.pins,
        revision=request.revision,
    )
    return DraftSummary.model_validate(saved)


async def delete_draft(call: Call, request: DeleteDraft) -> Nothing:
    """Raises DraftChanged: another tab saved it meanwhile."""
    await _drafts(call).delete_draft(call.caller.user_id, request.draft_id, revision=request.revision)
    return Nothing()


async def report_editing(call: Call, request: ReportEditing) -> EditorList:
    """Raises WorkflowNotFound."""
    workflow = await insight.find_workflow(call.scope, request.workflow)
    return EditorList.model_validate(await _drafts(call).report_editing(call.caller.user_id, workflow, leaves=request.leaves))


def _drafts(call: Call) -> Drafts:
    return Drafts(call.services.pool, call.workspace_id)
