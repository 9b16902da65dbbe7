"""Drafts: unfinished work of the caller, and who else edits."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, JsonObject, Page, PageRequest, Request, WorkflowReference
from interlock.api.models.workflows import VersionNumber

Revision = Annotated[int, Field(ge=0, le=2_147_483_647)]
Syntax = Literal["yaml", "json"]
"""How the text of a draft is written."""


class ListDrafts(PageRequest):
    """Lists the caller's own drafts without their content, those saved last first."""

    workflow: WorkflowReference | None = None
    """Only the draft of this workflow; there is at most one."""


class GetDraft(Request):
    """Returns one of the caller's own drafts."""

    draft_id: UUID


class SaveDraft(Request):
    """Saves a draft of the caller, which may have errors. It needs a definition, a text, or both."""

    draft_id: UUID
    """Chosen by the caller for a new draft; nobody else can see it."""
    revision: Revision = 0
    """The revision that the caller has seen; 0 for a new draft. If another tab saved the draft meanwhile, nothing is saved (IL025)."""
    workflow: WorkflowReference | None = None
    """For a new draft: the workflow that it changes. Leave it out if the workflow does not exist yet. A saved draft keeps its workflow."""
    base_version: VersionNumber | None = None
    """The version that it is based on."""
    definition: JsonObject | None = None
    """The definition, as far as it can be read; it may have errors, and keeps the order of its keys."""
    text: str | None = None
    """The text as the person has it, while it cannot be read as a definition."""
    syntax: Syntax | None = None
    """Of the text."""
    pins: JsonObject | None = None
    """Pinned outputs by the id of their node. They stay as they are if you leave them out."""


class DeleteDraft(Request):
    """Deletes one of the caller's own drafts. Deleting one that does not exist succeeds."""

    draft_id: UUID
    revision: Revision | None = None
    """The revision that the caller has seen. If another tab saved the draft meanwhile, nothing is deleted (IL025)."""


class ReportEditing(Request):
    """Notes that the caller has a workflow open in an editor, and returns who else has. Send it every 10 seconds; it counts for 30 seconds."""

    workflow: WorkflowReference
    leaves: bool = False
    """The caller closes the editor."""


class DraftSummary(Answer):
    """A draft without its content."""

    id: UUID
    workflow_id: UUID | None
    """None: the workflow does not exist yet."""
    workflow: str | None
    """The name of the published workflow."""
    base_version: int | None
    """The version that the draft is based on."""
    current_version: int | None
    """The newest version of the workflow."""
    name: str
    """As in the definition; empty where it has none."""
    revision: int
    """From 1; each save counts one more."""
    created_at: datetime
    updated_at: datetime


class Draft(DraftSummary):
    """A draft with its content."""

    definition: JsonObject | None
    text: str | None
    syntax: Syntax | None
    pins: JsonObject


class DraftList(Page):
    """A page of drafts."""

    items: list[DraftSummary]


class Editor(Answer):
    """Somebody else who has the workflow open in an editor."""

    user_id: UUID
    name: str
    since: datetime


class EditorList(Answer):
    """Who else edits a workflow, and its newest version."""

    editors: list[Editor]
    current_version: int
    version_created_by: str | None
    """Who saved the newest version."""
