"""Workflows and their versions."""

from datetime import datetime
from uuid import UUID

from interlock.insight.records.base import Record, WorkflowObject


class WorkflowSummary(Record):
    """A workflow in a list, at its current version."""

    id: UUID
    name: str
    description: str | None
    tags: list[str]
    version: int
    """Number of the current version, from 1."""
    node_count: int
    created_at: datetime
    updated_at: datetime
    open_executions: int
    """Number of executions that have not ended, exact up to 1,000; 1,000 stands for more, too."""
    last_execution_status: str | None
    """Status of the newest execution; none where there is no execution yet."""
    last_execution_at: datetime | None


class WorkflowVersion(Record):
    """A workflow at one of its versions."""

    id: UUID
    name: str
    version: int
    """From 1."""
    current_version: int
    checksum: str
    """Of the definition: the same content has the same checksum."""
    definition: WorkflowObject
    source: str | None = None
    """The definition as its author wrote it, in YAML or JSON, with comments and the order of keys. None: it was saved before texts were kept."""
    created_at: datetime
    updated_at: datetime
    version_created_at: datetime
    version_created_by: str | None
    note: str | None
    """What the person said who saved the version."""


class StoredVersion(WorkflowVersion):
    """A workflow at one of its versions, with what was found when it was saved."""

    warnings: list[WorkflowObject] | None
    """Each with `code`, `place`, `node`, `message` and `hint`. None: it was saved before warnings were kept."""


class VersionSummary(Record):
    """A version in the list of a workflow's versions."""

    version: int
    """From 1."""
    checksum: str
    """Of the definition: the same content has the same checksum."""
    node_count: int
    created_at: datetime
    created_by: str | None
    note: str | None
    """What the person said who saved it."""
    is_current: bool
