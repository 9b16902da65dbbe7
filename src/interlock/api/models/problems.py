"""Errors as answers: RFC 9457 problem details."""

from pydantic import Field

from interlock.api.models.base import Answer


class InvalidField(Answer):
    """What is wrong with one field of a request."""

    place: str
    """Where: `body.definition.nodes[0].id`, `query.limit`, `header.If-Match`."""
    message: str
    code: str = ""
    hint: str = ""


class Problem(Answer):
    """`application/problem+json`."""

    type: str
    """`urn:interlock:error:IL001`; what it means stands in docs/errors.md."""
    title: str
    """The same for every occurrence of this code."""
    status: int
    detail: str
    """What happened, with the values."""
    details: str = ""
    """Where it happened, or what exactly; empty where `detail` says everything."""
    code: str
    """Stable: docs/errors.md."""
    hint: str = ""
    """What to do about it."""
    instance: str = ""
    """The request's id, as in the logs."""
    retryable: bool = False
    invalid: list[InvalidField] = Field(default_factory=list)
    """What is wrong with each field, at most 50."""
