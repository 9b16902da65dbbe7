"""Warns about credentials that a definition names and that are missing or of another kind. The definition may be saved before them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock.api.auth.permissions import Permission
from interlock.api.call import Call
from interlock.api.models.workflows import DefinitionError
from interlock.definition import NodeTypeLookup
from interlock.definition.model.fields import as_text
from interlock.insight.credentials import read_kinds

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Where a definition names a credential."""

    name: str
    kinds: tuple[str, ...]
    place: str
    node_id: str | None


async def credential_warnings(call: Call, raw: Any) -> list[DefinitionError]:
    """Returns the warnings in the order of the nodes; none to a caller who may not list credentials."""
    if call.principal is None or not call.principal.may(Permission.CREDENTIALS_READ):
        return []
    named = list(_credentials_in(raw, call.services.node_types))
    kinds = await read_kinds(call.scope, {each.name for each in named})
    return [warning for each in named if (warning := _warning(each, kinds)) is not None]


def _credentials_in(raw: Any, types: NodeTypeLookup) -> Iterator[_Named]:
    """Finds the credentials in a definition as it was written, with whatever errors it has."""
    nodes = raw.get("nodes") if isinstance(raw, Mapping) else None
    for position, node in enumerate(nodes if isinstance(nodes, list) else ()):
        if not isinstance(node, Mapping) or not isinstance(node.get("parameters"), Mapping):
            continue
        kind, subtype, node_id = node.get("type"), node.get("subtype"), node.get("id")
        info = types.find(kind, subtype) if isinstance(kind, str) and isinstance(subtype, str) else None
        for parameter, kinds in (info.credentials if info else {}).items():
            name = as_text(node["parameters"].get(parameter))
            if isinstance(name, str) and _NAME.fullmatch(name):
                yield _Named(
                    name=name,
                    kinds=kinds,
                    place=f"nodes[{position}].parameters.{parameter}",
                    node_id=node_id if isinstance(node_id, str) else None,
                )


def _warning(named: _Named, kinds: Mapping[str, str]) -> DefinitionError | None:
    kind = kinds.get(named.name)
    if kind is None:
        message = f"There is no credential named {named.name!r}; the node fails until there is."
        return DefinitionError(
            code="unknown_credential", place=named.place, node_id=named.node_id, message=message, hint="Save it on the page Credentials."
        )
    if named.kinds and kind not in named.kinds:
        message = f"The credential {named.name!r} is of the kind {kind}; this node takes {' or '.join(named.kinds)}."
        return DefinitionError(code="credential_kind", place=named.place, node_id=named.node_id, message=message, hint="Name another one.")
    return None
