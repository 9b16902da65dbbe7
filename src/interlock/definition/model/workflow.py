"""A whole workflow as written."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.connection import ConnectionDefinition
from interlock.definition.model.connections_map import connection_items
from interlock.definition.model.drawing import GROUP_LIMIT, NOTE_LIMIT, Group, Note
from interlock.definition.model.fields import CONNECTION_LIMIT, NODE_LIMIT, TAG_LIMIT, LockTemplate, Tag, TimeoutSeconds, Whole, WorkflowName
from interlock.definition.model.node import NodeDefinition


class VirtualUsers(StrEnum):
    """Who resolves the nodes that need no worker: the transaction that finished the node before, or a sweep that any cron calls."""

    INLINE = "inline"
    CRON = "cron"


class WorkflowDefinition(DefinitionModel):
    """A named graph. `connections` may also be a `ConnectionsMap`; it is kept as a list."""

    name: WorkflowName
    """1 to 100 letters, digits, blanks, `_`, `.` and `-`; starts with a letter or digit; unique in a database."""
    description: Annotated[str, Field(max_length=10_000)] | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=TAG_LIMIT)] = ()
    semantics: Annotated[Whole, Field(ge=1, le=1)] = 1
    """The version of the rules of movement for which it was written."""
    lock: LockTemplate | None = None
    """The key that an execution holds while it is open; a template."""
    timeout_seconds: TimeoutSeconds | None = None
    """How long an execution may take, in seconds from its start."""
    virtual_users: VirtualUsers = VirtualUsers.INLINE
    nodes: Annotated[tuple[NodeDefinition, ...], Field(min_length=1, max_length=NODE_LIMIT)]
    connections: Annotated[tuple[ConnectionDefinition, ...], BeforeValidator(connection_items), Field(max_length=CONNECTION_LIMIT)] = ()
    notes: Annotated[tuple[Note, ...], Field(max_length=NOTE_LIMIT)] = ()
    """Texts on the canvas, at most 500. They do not change how the workflow runs."""
    groups: Annotated[tuple[Group, ...], Field(max_length=GROUP_LIMIT)] = ()
    """Named frames around nodes, at most 500. They do not change how the workflow runs."""

    def to_json(self) -> dict[str, Any]:
        """Returns the definition as plain JSON, without values that are the default; reading it again gives an equal definition."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
