"""Generates requests of each operation that name what belongs to the victim, from the models of the requests and the rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import combinations
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from interlock.api.grpc.shapes import plain
from interlock.api.models.base import Request
from interlock.api.operations import Operation
from tests.api.isolation.rules import HARMLESS, Rule
from tests.api.isolation.twins import twin_of
from tests.api.isolation.worlds import World

Values = Mapping[str, Any]
NUMBERS: Final = frozenset({"version", "request_number", "change_number", "attempt"})
"""Kinds that name something only together with something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One request, its twin, and what of it names things of the victim.

    Attributes:
        fields: the paths of the fields that name them.
        asked: the values of these fields.
        is_whole: whether every required field that names something by itself is among them.
    """

    fields: tuple[str, ...]
    request: dict[str, Any]
    twin: dict[str, Any]
    asked: list[Any]
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    path: str
    annotation: Any
    is_required: bool


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[Field]:
    """Returns all fields of a request, those of the models inside it too, by their paths."""
    for name, about in model.model_fields.items():
        inner = _model_in(about.annotation)
        if inner is not None:
            yield from fields_of(inner, f"{prefix}{name}.")
        else:
            yield Field(path=prefix + name, annotation=about.annotation, is_required=about.is_required())


def unruled(operation: Operation, rule: Rule) -> list[str]:
    """Returns the fields that may name something, and for which nobody has said what."""
    fields = list(fields_of(operation.request))
    unknown = [path for path in rule.names if path not in {each.path for each in fields}]
    return unknown + [each.path for each in fields if each.path not in rule.names and not _is_harmless(each)]


def attacks_on(operation: Operation, rule: Rule, victim: World, own: World, more: Values) -> Iterator[Attack]:
    """Returns every request in which some fields name things of the victim and the others those of the attacker, each once.

    Args:
        more: what is the attacker's own, and not only of their workspace.
    """
    fields = list(fields_of(operation.request))
    required = tuple(each.path for each in fields if each.is_required and each.path in rule.names)
    optional = tuple(each.path for each in fields if not each.is_required and each.path in rule.names)
    seen: list[dict[str, Any]] = [dict(each) for each in rule.variations]
    yield from (Attack(fields=(), request=each, twin=each, asked=[], is_whole=False) for each in list(seen))
    for number, place in enumerate(victim.places):
        mine, nowhere = {**own.places[number % len(own.places)], **more}, twin_of(dict(place))
        for chosen in _choices(required, optional):
            made = Attack(
                fields=chosen,
                request=_request(operation, rule, chosen, place, mine),
                twin=_request(operation, rule, chosen, nowhere, mine),
                asked=[place[rule.names[path]] for path in chosen],
                is_whole={path for path in required if rule.names[path] not in NUMBERS} <= set(chosen),
            )
            if made.request not in seen and (made.request != made.twin or not rule.names):
                seen.append(made.request)
                yield made


def request_of(operation: Operation, rule: Rule, place: Values) -> dict[str, Any]:
    """Returns a request that names only what it must, of one place."""
    required = tuple(each.path for each in fields_of(operation.request) if each.is_required and each.path in rule.names)
    return _request(operation, rule, required, place, {})


def controls_of(operation: Operation, rule: Rule, path: str, victim: World) -> Iterator[tuple[dict[str, Any], dict[str, Any], Any]]:
    """Returns requests for a member of the victim's workspace; the same, with only this field changed to what exists nowhere; the field's value."""
    fields = [each for each in fields_of(operation.request) if each.path in rule.names]
    for place in victim.places:
        chosen = tuple(each.path for each in fields if each.is_required or each.path == path)
        other = dict(place) | {rule.names[path]: twin_of(place[rule.names[path]])}
        yield _request(operation, rule, chosen, place, {}), _request(operation, rule, chosen, other, {}), place[rule.names[path]]


def _choices(required: tuple[str, ...], optional: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Some of the required fields alone; each of the others with none and with all of the required; all together."""
    for count in range(len(required) + 1):
        yield from combinations(required, count)
    for path in optional:
        yield (path,)
        yield (*required, path)
    yield (*required, *optional)


def _request(operation: Operation, rule: Rule, chosen: tuple[str, ...], theirs: Values, mine: Values) -> dict[str, Any]:
    return {**rule.also, **_filled(operation.request, rule, chosen, theirs, mine, "")}


def _filled(model: type[BaseModel], rule: Rule, chosen: tuple[str, ...], theirs: Values, mine: Values, prefix: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, about in model.model_fields.items():
        path, inner = prefix + name, _model_in(about.annotation)
        if inner is not None:
            if about.is_required():
                part = _filled(inner, rule, chosen, theirs, mine, f"{path}.")
                made[name] = [part] if get_origin(plain(about.annotation)) is list else part
        elif path in rule.names:
            if about.is_required() or path in chosen:
                value = (theirs if path in chosen else mine)[rule.names[path]]
                made[name] = [value] if get_origin(plain(about.annotation)) is list else value
        elif about.is_required():
            made[name] = HARMLESS[path] if path in HARMLESS else HARMLESS[name]
    return made


def _is_harmless(field: Field) -> bool:
    return field.path in HARMLESS or field.path.rpartition(".")[2] in HARMLESS or _has_few_values(plain(field.annotation))


_FEW: Final = (bool, datetime)


def _has_few_values(annotation: Any) -> bool:
    if get_origin(annotation) is list:
        return _has_few_values(plain(get_args(annotation)[0]))
    return annotation in _FEW or get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum))


def _model_in(annotation: Any) -> type[Request] | None:
    """The model of a field, or of the items of its list; a definition is one value."""
    inner = plain(annotation)
    if get_origin(inner) is list:
        inner = plain(get_args(inner)[0])
    return inner if isinstance(inner, type) and issubclass(inner, Request) else None
