"""Errors as answers: RFC 9457 problem details."""

from pydantic import Field

from interlock.api.models.base import Answer


class InvalidField(Answer):
    """What is wrong with one field of a request."""

    place: str
    """For example `body.definition.nodes[0].id`, `query.limit`, `header.If-Match`."""
    message: str
    code: str = ""
    hint: str = ""
    line: int | None = None
    """Of a definition that came as YAML: the line of the place, from 1."""
    column: int | None = None


class Problem(Answer):
    """`application/problem+json`."""

    type: str
    """For example `urn:interlock:error:IL001`; docs/errors.md explains each."""
    title: str
    """What the code means; the same for every error with this code."""
    status: int
    detail: str
    """The message: what happened, with the values."""
    details: str = ""
    """More about where it happened; empty if `detail` says everything."""
    code: str
    """Stable; docs/errors.md lists all codes."""
    hint: str = ""
    """How to fix it."""
    instance: str = ""
    """Id of the request, as in the logs."""
    retryable: bool = False
    invalid: list[InvalidField] = Field(default_factory=list)
    """What is wrong with each field, at most 50."""
