"""Errors of shape: what the model finds, in the words of a person who writes definitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.expected import OTHER_FORM, expectation_of, own_words, shown_value
from interlock.json_text import json_pointer

Place = tuple[str | int, ...]


def shape_errors(
    error: ValidationError, raw: Any, place: Place, node: str | None = None, *, whole: str = "The definition"
) -> Iterator[DefinitionError]:
    """Yields one error for each place of a raw value that the model refuses; of the branches of a union, those that got furthest.

    `whole` is what messages call the value at the empty place.
    """
    findings = [Finding.of(item, raw) for item in error.errors(include_url=False) if not _counts_only_valid_elements(item)]
    deepest: dict[Place | None, int] = {}
    for finding in findings:
        deepest[finding.union] = max(deepest.get(finding.union, 0), len(finding.place))
    reported = set()
    for finding in findings:
        if finding.place not in reported and (finding.union is None or len(finding.place) == deepest[finding.union]):
            reported.add(finding.place)
            yield _error(finding.item, (*place, *finding.place), node, whole)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the model found, at its place in the raw value; `union` is the place of the union to which its branch belongs."""

    item: ErrorDetails
    place: Place
    union: Place | None

    @classmethod
    def of(cls, item: ErrorDetails, raw: Any) -> "Finding":
        """Returns the finding. The model's places also name branches of unions, which are not steps into the value."""
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


def _counts_only_valid_elements(item: ErrorDetails) -> bool:
    """Whether a list counts as too short only because its elements have errors of their own."""
    return item["type"] == "too_short" and isinstance(item["input"], list) and len(item["input"]) >= item["ctx"]["min_length"]


def _has(raw: Any, step: str | int) -> bool:
    if isinstance(raw, dict):
        return step in raw
    return isinstance(raw, list) and isinstance(step, int) and step < len(raw)


def _error(item: ErrorDetails, place: Place, node: str | None, whole: str) -> DefinitionError:
    name, where = _name(place) if place else whole, json_pointer(place)
    if item["type"] == "missing":
        return DefinitionError(code="missing_field", place=where, node=node, message=f"{name} is missing.", hint=f"Add {name}.")
    if item["type"] == "extra_forbidden":
        hint = "Remove it, or correct its spelling."
        return DefinitionError(code="unknown_field", place=where, node=node, message=f"{name:.60} is not known here.", hint=hint)
    expectation = expectation_of(item) or OTHER_FORM
    shown = shown_value(item["input"])
    if (own := own_words(item)) is not None:
        message, hint = f"{name} cannot be {shown}.", f"{own[:1].upper()}{own[1:]}."
    else:
        message, hint = f"{name} must {expectation.must_be}. It is {shown}.", expectation.hint
    code = _code(place)
    return DefinitionError(code=code, place=where, node=node, message=message, hint=_HINTS.get(code, hint))


def _name(place: Place) -> str:
    """Returns the field at a place, with its position where it is an element of a list."""
    last = place[-1]
    return f"{place[-2]}[{last}]" if isinstance(last, int) and len(place) > 1 else str(last)


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


_HINTS: Final = {
    "bad_name": "Use 1 to 100 letters, digits, blanks, _ . and -, beginning with a letter or digit.",
    "bad_tag": "A tag has 1 to 100 characters.",
    "bad_position": "Give x and y, numbers from -1,000,000 to 1,000,000, or remove the position.",
    "bad_node_id": "Use 1 to 100 letters, digits, _ . - and inner blanks, beginning with a letter or _.",
}
