"""Errors of shape: what the model finds, in our words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from interlock.definition.validation.definition_error import DefinitionError
from interlock.json_text import json_pointer

Place = tuple[str | int, ...]
_ID_FORM = "1 to 100 letters, digits, _ . - and inner blanks, beginning with a letter or _"


def shape_errors(error: ValidationError, raw: Any, place: Place, node: str | None = None) -> Iterator[DefinitionError]:
    """One error for every place that the model finds error with in a raw value; of the branches of a union, those that got furthest."""
    findings = [Finding.of(item, raw) for item in error.errors(include_url=False, include_context=False)]
    deepest: dict[Place | None, int] = {}
    for finding in findings:
        deepest[finding.union] = max(deepest.get(finding.union, 0), len(finding.place))
    told = set()
    for finding in findings:
        if finding.place not in told and (finding.union is None or len(finding.place) == deepest[finding.union]):
            told.add(finding.place)
            yield _error(finding.item, (*place, *finding.place), node)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the model found, at its place in the raw value; `union` is the place of the union that it is a branch of."""

    item: ErrorDetails
    place: Place
    union: Place | None

    @classmethod
    def of(cls, item: ErrorDetails, raw: Any) -> "Finding":
        """The model's places also name branches of unions; those are no steps into the value."""
        place: list[str | int] = []
        union: Place | None = None
        for step in item["loc"]:
            if _has(raw, step):
                raw = raw[step]
            elif item["type"] != "missing" or step != item["loc"][-1]:
                union = tuple(place) if union is None else union
                continue
            place.append(step)
        return cls(item, tuple(place), union)


def _has(raw: Any, step: str | int) -> bool:
    if isinstance(raw, dict):
        return step in raw
    return isinstance(raw, list) and isinstance(step, int) and step < len(raw)


def _error(item: ErrorDetails, place: Place, node: str | None) -> DefinitionError:
    last = str(place[-1]) if place else "the definition"
    if item["type"] == "missing":
        return DefinitionError(code="missing_field", place=json_pointer(place), node=node, message=f"{last} is missing.", hint=f"Give {last}.")
    if item["type"] == "extra_forbidden":
        message = f"{last!r:.60} is not known here."
        return DefinitionError(
            code="unknown_field", place=json_pointer(place), node=node, message=message, hint="Remove it, or correct its spelling."
        )
    message = f"{_shown(item['input'])}: {_sentence(item['msg'])}."
    return DefinitionError(code=_code(place), place=json_pointer(place), node=node, message=message, hint=_hint(place))


def _code(place: Place) -> str:
    if place == ("name",):
        return "bad_name"
    if place[:1] == ("tags",):
        return "bad_tag"
    if "retry" in place[2:3]:
        return "bad_retry"
    if place[:1] == ("nodes",) and "position" in place[2:3]:
        return "bad_position"
    if place[:1] == ("nodes",) and place[2:] == ("id",):
        return "bad_node_id"
    return "bad_value"


def _hint(place: Place) -> str:
    return {
        "bad_name": "1 to 100 letters, digits, blanks, _ . and -, beginning with a letter or digit.",
        "bad_tag": "A tag has 1 to 100 characters.",
        "bad_retry": "See the ranges of the retry policy.",
        "bad_position": "Give x and y, numbers from -1,000,000 to 1,000,000, or leave the position out.",
        "bad_node_id": f"An id has {_ID_FORM}.",
    }.get(_code(place), "Correct the value.")


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")
