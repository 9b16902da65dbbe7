"""Drafts, the unfinished work of people, and who edits a workflow: the typed interface of `sql/drafts`. Each method calls one function."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from interlock.controlplane.calling import SqlFunctions, json_text
from interlock.controlplane.types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """A draft of a person. `definition`, `text` and `pins` are None in lists and in the answer to a save.

    Attributes:
        workflow: the name of the published workflow; None: it does not exist yet.
        base_version: the version that the person began with; `current_version` is the newest one by now.
        name: as in the definition; empty where it has none.
        revision: from 1.
    """

    id: UUID
    workflow_id: UUID | None
    workflow: str | None
    base_version: int | None
    current_version: int | None
    name: str
    definition: JsonObject | None
    text: str | None
    syntax: str | None
    pins: JsonObject | None
    revision: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        workflow_id = answer["workflow_id"]
        return cls(
            **answer
            | {
                "id": UUID(answer["id"]),
                "workflow_id": None if workflow_id is None else UUID(workflow_id),
                "created_at": datetime.fromisoformat(answer["created_at"]),
                "updated_at": datetime.fromisoformat(answer["updated_at"]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorRecord:
    """Somebody who has a workflow open in a builder."""

    user_id: UUID
    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """Who else edits a workflow, and its current version with the name of whoever saved that."""

    editors: Sequence[EditorRecord]
    current_version: int
    version_created_by: str | None


class Drafts(SqlFunctions):
    """Works over any pool of psycopg connections. Raises the errors that each function's head lists, and `DatabaseUnavailable`."""

    async def save_draft(
        self,
        user_id: UUID,
        draft_id: UUID,
        *,
        workflow_id: UUID | None,
        base_version: int | None,
        definition: JsonObject | None,
        text: str | None,
        syntax: str | None,
        pins: JsonObject | None,
        revision: int,
    ) -> DraftRecord:
        """Saves a draft; returns it without its content. SQL: drafts/save_draft.sql

        Args:
            pins: None: they stay as they are.
            revision: the one that the caller has seen; 0: the draft is new.

        Raises:
            DraftNotFound, DraftChanged, TooManyDrafts, WorkflowNotFound, BadRequest, StorageFull: see there.
        """
        answer = await self._call(
            "select interlock.save_draft(%s, %s, %s, %s, %s::json, %s, %s, %s::json, %s)",
            user_id,
            draft_id,
            workflow_id,
            base_version,
            None if definition is None else json_text(definition),
            text,
            syntax,
            None if pins is None else json_text(pins),
            revision,
        )
        return DraftRecord.of(answer)

    async def get_draft(self, user_id: UUID, draft_id: UUID) -> DraftRecord:
        """Returns a draft with its content. Raises DraftNotFound. SQL: drafts/get_draft.sql"""
        return DraftRecord.of(await self._call("select interlock.get_draft(%s, %s)", user_id, draft_id))

    async def list_drafts(
        self, user_id: UUID, *, workflow_id: UUID | None = None, after: tuple[datetime, UUID] | None = None, limit: int
    ) -> list[DraftRecord]:
        """Lists the drafts of a person, those saved last first. SQL: drafts/list_drafts.sql"""
        statement = "select interlock.list_drafts(%s, %s, %s, %s, %s)"
        return [DraftRecord.of(one) for one in await self._call(statement, user_id, workflow_id, *(after or (None, None)), limit)]

    async def delete_draft(self, user_id: UUID, draft_id: UUID, *, revision: int | None = None) -> None:
        """Deletes a draft, if there is one. Raises DraftChanged. SQL: drafts/delete_draft.sql"""
        await self._call("select interlock.delete_draft(%s, %s, %s)", user_id, draft_id, revision)

    async def report_editing(self, user_id: UUID, workflow_id: UUID, *, leaves: bool = False) -> Editing:
        """Notes that a person edits a workflow, or stops, and returns who else does. Raises WorkflowNotFound. SQL: drafts/report_editing.sql"""
        answer = await self._call("select interlock.report_editing(%s, %s, %s)", user_id, workflow_id, leaves)
        editors = [
            EditorRecord(user_id=UUID(one["user_id"]), name=one["name"], since=datetime.fromisoformat(one["since"])) for one in answer["editors"]
        ]
        return Editing(editors=editors, current_version=answer["current_version"], version_created_by=answer["version_created_by"])
