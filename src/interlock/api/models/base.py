"""What all requests and answers have in common."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from interlock.definition.model.fields import VISIBLE
from interlock.insight.records.base import JsonObject, WorkflowObject
from interlock.insight.records.base import Record as Answer

__all__ = ["Answer", "JsonObject", "WorkflowObject"]


Limit = Annotated[int, Field(ge=1, le=200, description="Maximum number of items returned.")]
Cursor = Annotated[
    str, Field(max_length=500, pattern=r"^[A-Za-z0-9_-]+$", description="`next_cursor` of the page before; leave it out for the first page.")
]
ShortText = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=VISIBLE)]
WorkflowReference = Annotated[str, Field(min_length=1, max_length=100, description="Id or name of a workflow.")]


def _with_zone(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("the time has no zone: end it with Z, or with an offset such as +01:00")
    return at


ZonedTime = Annotated[datetime, AfterValidator(_with_zone)]
"""A moment. Nobody guesses which zone a time without one is meant in."""


class Request(BaseModel):
    """A request. An unknown field is refused, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Nothing(Answer):
    """The operation succeeded, and returns nothing."""


class PageRequest(Request):
    """A request for one page of a list."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Page(Answer):
    """One page of a list."""

    next_cursor: str | None = None
    """Cursor of the next page; none on the last page."""
