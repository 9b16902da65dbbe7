"""Errors of definitions as the API returns them: with a path into the definition, and the node that has the error."""

import re
from collections.abc import Sequence
from typing import Any, Final

from interlock.api.models.workflows import DefinitionError as ErrorAnswer
from interlock.definition import DefinitionError
from interlock.errors import DefinitionRefused, InvalidField
from interlock.json_text import json_pointer, pointer_steps, read_json, write_json

_STEP: Final = re.compile(r'([^.\[\]"]+)|\[("(?:[^"\\]|\\.)*")\]')
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def error_answers(errors: Sequence[DefinitionError], raw: Any) -> list[ErrorAnswer]:
    """Returns them in the same order."""
    return [
        ErrorAnswer(
            code=error.code,
            place=place_of(error.place),
            node_id=error.node or _node_at(error.place, raw),
            message=error.message,
            hint=error.hint,
        )
        for error in errors
    ]


def refusal(errors: Sequence[ErrorAnswer]) -> DefinitionRefused:
    """Returns the error of a definition that is not saved."""
    count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
    fields = [InvalidField(place=error.place, message=error.message, code=error.code, hint=error.hint) for error in errors]
    return DefinitionRefused(f"the definition has {count}: {errors[0].message}", details=errors[0].place, hint=errors[0].hint, fields=fields)


def place_of(pointer: str, within: str = "") -> str:
    """Returns the place of a JSON pointer as the API writes it, for example `nodes[2].parameters["a b"]`."""
    text = within
    for step in pointer_steps(pointer):
        if step.isdecimal():
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{write_json(step).decode()}]"
    return text


def pointer_of(place: str) -> str:
    """Returns the JSON pointer of a place as the API writes it: `nodes[2].parameters["a b"]`."""
    steps = [read_json(quoted) if quoted else plain for plain, quoted in _STEP.findall(place)]
    return json_pointer(steps)


def _node_at(pointer: str, raw: Any) -> str | None:
    steps = pointer_steps(pointer)
    nodes = raw.get("nodes") if isinstance(raw, dict) else None
    if len(steps) < 2 or steps[0] != "nodes" or not isinstance(nodes, list) or not steps[1].isdecimal() or int(steps[1]) >= len(nodes):
        return None
    node = nodes[int(steps[1])]
    identity = node.get("id") if isinstance(node, dict) else None
    return identity if isinstance(identity, str) else None
