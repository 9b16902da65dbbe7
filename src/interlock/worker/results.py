"""The result of an executor in the form that the database takes."""

from collections.abc import Mapping
from typing import Any, Final

from interlock.assignment_errors import CODES, DATABASE_ONLY
from interlock.json_text import shown_json, write_json
from interlock.nodes import Completed, ExecutorMissing, NodeError, Waiting
from interlock.nodes.masking import Masker
from interlock.worker.outbox import JsonObject

MESSAGE_CHARACTERS: Final = 2_000
DETAILS_BYTES: Final = 16_000
MASKED: Final = frozenset({"output", "context", "error"})  # the rest is made by Interlock itself


def result_of(given: Any, ports: frozenset[str] | None) -> JsonObject:
    """Returns the result of an executor that did not raise.

    Args:
        given: what `execute` returned.
        ports: the ports that the node has; None if that is not known.
    """
    if isinstance(given, Completed):
        return completed(given, ports)
    if isinstance(given, Waiting):
        return {"outcome": "waiting", "wait": given.to_json()}
    message = f"the executor gave back {type(given).__name__}, it must give back Completed or Waiting"
    return failed("result_malformed", message, hint="return Completed or Waiting from execute", retryable=False)


def completed(given: Completed, ports: frozenset[str] | None) -> JsonObject:
    result: JsonObject = {"outcome": "completed", "output": object_of(given.output)}
    if given.port != "main":
        chosen = given.ports
        if ports is not None and not ports.issuperset(chosen):
            message = f"the executor left through {', '.join(chosen) or 'no port'}; the node has {', '.join(sorted(ports)) or 'none'}"
            hint = "leave through a port that the node has, or name this one in ports_of"
            return failed("port_unknown", message, hint=hint, details={"ports": list(chosen)}, retryable=False)
        result["port"] = given.port
    if given.context is not None:
        result["context"] = object_of(given.context)
    return result


def object_of(value: Any) -> JsonObject:
    """Returns a JSON object; anything else becomes `{"value": …}`."""
    if type(value) is dict:
        return value
    return dict(value) if isinstance(value, Mapping) else {"value": value}


def failed_with(error: NodeError, masker: Masker, *, hint: str | None) -> JsonObject:
    """Returns the failure. It masks before it shortens, because half a secret cannot be recognized."""
    message, hint = masker.text(error.message), None if hint is None else masker.text(hint)
    if error.code in DATABASE_ONLY:
        hint = CODES["error_code_reserved"].hint
        return failed("error_code_reserved", f"{error.code}: {message}", hint=hint, details=error.details, retryable=error.retryable)
    return failed(error.code, message, hint=hint, details=error.details, retryable=error.retryable)


def released_for(error: ExecutorMissing) -> JsonObject:
    """Returns the result that hands an assignment back for a worker that has the executor. It is neither a failure nor a loss."""
    told = {"code": error.code, "message": shortened(error.message), "hint": error.hint}
    return {"outcome": "released", "requires": error.requires, "error": told}


def masked(result: JsonObject, masker: Masker) -> JsonObject:
    """Returns the result without the secrets of its attempt."""
    return {key: masker.json(value) if key in MASKED else value for key, value in result.items()}


def failed(code: str, message: str, *, retryable: bool, hint: str | None = None, details: Mapping[str, Any] | None = None) -> JsonObject:
    """Returns a failure. It shortens the message, the hint and the details."""
    error = {
        "code": code[:100],
        "message": shortened(message),
        "hint": None if hint is None else shortened(hint),
        "details": bounded(details or {}),
        "retryable": retryable,
    }
    return {"outcome": "failed", "error": error}


def shortened(text: str) -> str:
    """The text as it can be stored, at most `MESSAGE_CHARACTERS` long."""
    return (text if len(text) <= MESSAGE_CHARACTERS else f"{text[: MESSAGE_CHARACTERS - 1]}…").replace("\x00", "\ufffd")


def bounded(details: Mapping[str, Any]) -> JsonObject:
    """The details as JSON, where they are not too large to keep, else a word about them."""
    kept: JsonObject = shown_json(details)
    size = len(write_json(kept))
    return kept if size <= DETAILS_BYTES else {"left_out": f"the details have {size} bytes, at most {DETAILS_BYTES} are kept"}
