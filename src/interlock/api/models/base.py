"""What every request and answer has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from interlock.insight.records.base import JsonObject, WorkflowObject
from interlock.insight.records.base import Record as Answer

__all__ = ["Answer", "JsonObject", "WorkflowObject"]


Limit = Annotated[int, Field(ge=1, le=200, description="How many items to answer with at most.")]
Cursor = Annotated[
    str, Field(max_length=500, pattern=r"^[A-Za-z0-9_-]+$", description="`next_cursor` of the page before; the first page without it.")
]
ShortText = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
WorkflowReference = Annotated[str, Field(min_length=1, max_length=100, description="Id or name of a workflow.")]


class Request(BaseModel):
    """What is asked for; a field that it does not know is refused, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Nothing(Answer):
    """Done; there is nothing to say about it."""


class PageRequest(Request):
    """A part of a list, newest first where the list has a time."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Page(Answer):
    """A part of a list."""

    next_cursor: str | None = None
    """Gives the next page; none after the last."""
