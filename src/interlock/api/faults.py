"""Faults of definitions, as the API tells them: with a path into the definition, and the node that they are in."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from interlock.api.models.workflows import Fault as ToldFault
from interlock.definition import Fault
from interlock.errors import DefinitionRefused, InvalidField

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def told_faults(faults: Sequence[Fault], raw: Any) -> list[ToldFault]:
    """In the same order."""
    return [
        ToldFault(
            code=fault.code,
            place=_path(_steps(fault.place)),
            node_id=fault.node or _node_at(fault.place, raw),
            message=fault.message,
            mend=fault.mend,
        )
        for fault in faults
    ]


def refusal(faults: Sequence[ToldFault]) -> DefinitionRefused:
    """Why a definition is not saved."""
    count = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
    fields = [InvalidField(place=fault.place, message=fault.message, code=fault.code, mend=fault.mend) for fault in faults]
    return DefinitionRefused(f"the definition has {count}: {faults[0].message}", details=faults[0].place, hint=faults[0].mend, fields=fields)


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _path(steps: Sequence[str]) -> str:
    text = ""
    for step in steps:
        if step.isdecimal():
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def _node_at(pointer: str, raw: Any) -> str | None:
    steps = _steps(pointer)
    nodes = raw.get("nodes") if isinstance(raw, dict) else None
    if len(steps) < 2 or steps[0] != "nodes" or not isinstance(nodes, list) or not steps[1].isdecimal() or int(steps[1]) >= len(nodes):
        return None
    node = nodes[int(steps[1])]
    identity = node.get("id") if isinstance(node, dict) else None
    return identity if isinstance(identity, str) else None
