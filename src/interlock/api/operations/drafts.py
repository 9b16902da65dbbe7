"""Drafts of the caller, and who else edits."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.base import Nothing
from interlock.api.models.drafts import DeleteDraft, Draft, DraftList, DraftSummary, EditorList, GetDraft, ListDrafts, ReportEditing, SaveDraft
from interlock.api.operations.operation import Operation, Repeat, Service
from interlock.errors import DraftChanged, DraftNotFound, StorageFull, TooManyDrafts, UserNotFound, WorkflowNotFound

SERVICE: Final[Service] = "drafts"

OPERATIONS: Final = (
    Operation(
        name="list_drafts",
        service=SERVICE,
        rest="GET /drafts",
        permission=Permission.WORKFLOWS_WRITE,
        request=ListDrafts,
        answer=DraftList,
        errors=(WorkflowNotFound,),
    ),
    Operation(
        name="get_draft",
        service=SERVICE,
        rest="GET /drafts/{draft_id}",
        permission=Permission.WORKFLOWS_WRITE,
        request=GetDraft,
        answer=Draft,
        errors=(DraftNotFound,),
    ),
    Operation(
        name="save_draft",
        service=SERVICE,
        rest="PUT /drafts/{draft_id}",
        permission=Permission.WORKFLOWS_WRITE,
        request=SaveDraft,
        answer=DraftSummary,
        repeat=Repeat.CHANGES_NOTHING,
        errors=(DraftChanged, DraftNotFound, StorageFull, TooManyDrafts, UserNotFound, WorkflowNotFound),
    ),
    Operation(
        name="delete_draft",
        service=SERVICE,
        rest="DELETE /drafts/{draft_id}",
        permission=Permission.WORKFLOWS_WRITE,
        request=DeleteDraft,
        answer=Nothing,
        status=204,
        repeat=Repeat.CHANGES_NOTHING,
        errors=(DraftChanged,),
    ),
    Operation(
        name="report_editing",
        service=SERVICE,
        rest="POST /workflows/{workflow}/editors",
        permission=Permission.WORKFLOWS_WRITE,
        request=ReportEditing,
        answer=EditorList,
        repeat=Repeat.CHANGES_NOTHING,
        errors=(WorkflowNotFound,),
    ),
)
