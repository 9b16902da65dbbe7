"""Why something failed."""

from typing import Any

from pydantic import Field, model_validator

from interlock.insight.records.base import JsonObject, Record


class ErrorInfo(Record):
    """Why something failed."""

    code: str = ""
    """One of docs/errors.md, or one that the author of the workflow or of the executor chose."""
    message: str = ""
    hint: str | None = None
    """How to fix it."""
    details: JsonObject = Field(default_factory=dict)
    retryable: bool | None = None
    attempt: int | None = None
    """The attempt that failed."""

    @model_validator(mode="before")
    @classmethod
    def _accept_what_was_stored(cls, stored: Any) -> Any:
        """Executors of others store what they like: what has another form than an error is its message, and odd fields are left out."""
        if isinstance(stored, ErrorInfo):
            return stored
        if not isinstance(stored, dict):
            return {"message": str(stored)}
        return {
            "code": str(stored.get("code", "")),
            "message": str(stored.get("message", "")),
            "hint": None if stored.get("hint") is None else str(stored["hint"]),
            "details": stored["details"] if isinstance(stored.get("details"), dict) else {},
            "retryable": stored["retryable"] if isinstance(stored.get("retryable"), bool) else None,
            "attempt": stored["attempt"] if type(stored.get("attempt")) is int else None,
        }
