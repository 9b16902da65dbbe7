"""Reads every part of a definition on its own, so that one broken part does not hide errors of the others."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from interlock.definition.model.connection import ConnectionDefinition
from interlock.definition.model.connections_map import located_items
from interlock.definition.model.fields import CONNECTION_LIMIT, NODE_LIMIT, TAG_LIMIT
from interlock.definition.model.node import NodeDefinition
from interlock.definition.model.workflow import WorkflowDefinition
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.shape import shape_errors
from interlock.json_text import json_pointer

Place = tuple[str | int, ...]
_HEAD: Final = tuple(name for name in WorkflowDefinition.model_fields if name not in ("nodes", "connections"))


@dataclass(frozen=True, slots=True)
class Placed:
    """A node or connection that could be read, with its place."""

    place: Place
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The parts of a definition that could be read.

    Attributes:
        head: the fields of the workflow itself that are valid, by name.
        nodes, connections: those that are valid.
        known_ids: the ids of all nodes, including nodes that could not be read.
        errors: why the rest could not be read.
    """

    head: dict[str, Any] = field(default_factory=dict)
    nodes: Sequence[Placed] = ()
    connections: Sequence[Placed] = ()
    known_ids: frozenset[str] = frozenset()
    errors: Sequence[DefinitionError] = ()


def read_draft(raw: Any) -> Draft:
    """Reads every part of a raw definition on its own."""
    if not isinstance(raw, dict):
        return Draft(
            errors=[
                DefinitionError(
                    code="bad_value", place="", message="The definition is not an object.", hint="Write an object with name, nodes and connections."
                )
            ]
        )
    errors: list[DefinitionError] = []
    head = _read_head(raw, errors)
    raw_nodes = _listed(raw, "nodes", NODE_LIMIT, errors)
    nodes = [placed for placed in (_read(NodeDefinition, item, ("nodes", number), errors) for number, item in enumerate(raw_nodes)) if placed]
    connections = [placed for placed in (_read(ConnectionDefinition, item, place, errors) for place, item in _raw_connections(raw, errors)) if placed]
    ids = frozenset(item["id"] for item in raw_nodes if isinstance(item, dict) and isinstance(item.get("id"), str))
    return Draft(head=head, nodes=nodes, connections=connections, known_ids=ids | {item.value.id for item in nodes}, errors=errors)


def _read_head(raw: dict[str, Any], errors: list[DefinitionError]) -> dict[str, Any]:
    head: dict[str, Any] = {}
    errors += [
        DefinitionError(code="unknown_field", place=json_pointer([key]), message=f"A workflow has no field {key!r:.60}.", hint=_field_hint(key))
        for key in raw
        if key not in WorkflowDefinition.model_fields
    ]
    for name in _HEAD:
        information = WorkflowDefinition.model_fields[name]
        if name not in raw:
            head[name] = information.get_default()
            if information.is_required():
                errors.append(
                    DefinitionError(code="missing_field", place=json_pointer([name]), message=f"The workflow has no {name}.", hint=f"Add a {name}.")
                )
        elif name == "tags" and isinstance(raw["tags"], list) and len(raw["tags"]) > TAG_LIMIT:
            errors.append(
                DefinitionError(
                    code="too_many_tags",
                    place="/tags",
                    message=f"There are {len(raw['tags'])} tags; the limit is {TAG_LIMIT}.",
                    hint="Remove some of them.",
                )
            )
        else:
            adapter: TypeAdapter[Any] = TypeAdapter(_annotated(name))
            try:
                head[name] = adapter.validate_python(raw[name])
            except ValidationError as error:
                errors += shape_errors(error, raw[name], (name,))
    return head


def _field_hint(key: str) -> str:
    near = difflib.get_close_matches(key, WorkflowDefinition.model_fields, n=1)
    return f"Did you mean {near[0]}?" if near else f"Its fields are {', '.join(WorkflowDefinition.model_fields)}."


def _annotated(name: str) -> Any:
    """Returns the type of a field of the workflow, with its limits."""
    return WorkflowDefinition.__annotations__[name]


def _listed(raw: dict[str, Any], name: str, limit: int, errors: list[DefinitionError]) -> list[Any]:
    value = raw.get(name)
    place = json_pointer([name])
    if name not in raw:
        errors.append(DefinitionError(code="missing_field", place=place, message=f"The workflow has no {name}.", hint=f"Add a list of {name}."))
    elif not isinstance(value, list):
        errors.append(DefinitionError(code="bad_value", place=place, message=f"{name} must be a list.", hint=f"Write a list of {name}."))
    elif len(value) > limit:
        errors.append(
            DefinitionError(
                code=f"too_many_{name}", place=place, message=f"There are {len(value):,} {name}; the limit is {limit:,}.", hint="Split the workflow."
            )
        )
    else:
        return value
    return []


def _raw_connections(raw: dict[str, Any], errors: list[DefinitionError]) -> list[tuple[Place, Any]]:
    value = raw.get("connections", [])
    located = [(("connections", *place), item) for place, item in located_items(value)] if isinstance(value, dict) else None
    listed = value if located is None else [item for _, item in located]
    items = _listed({"connections": listed}, "connections", CONNECTION_LIMIT, errors)
    if located is None:
        return [(("connections", number), item) for number, item in enumerate(items)]
    return located[: len(items)]


def _read(model: type[BaseModel], item: Any, place: Place, errors: list[DefinitionError]) -> Placed | None:
    try:
        return Placed(place, model.model_validate(item))
    except ValidationError as error:
        node = item.get("id") if model is NodeDefinition and isinstance(item, dict) else None
        errors += shape_errors(error, item, place, node if isinstance(node, str) else None)
        return None
