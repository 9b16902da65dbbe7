"""Each limit that a schema names (a length, a number of items, a smallest or largest number) is where the value is refused, and not before."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

import pytest
from pydantic import BaseModel, ValidationError

from interlock.definition import WorkflowDefinition
from interlock.nodes import NodeExecutorFactory

SAID: Final = frozenset(
    {"string_too_long", "string_too_short", "too_long", "too_short", "less_than", "less_than_equal", "greater_than", "greater_than_equal"}
)
Case = tuple[type[BaseModel], str, Any, Any]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _with_those_inside(root: type[BaseModel]) -> list[type[BaseModel]]:
    found = [root]
    for model in found:
        inside = (part for field in model.model_fields.values() for part in _models_in(field.annotation))
        found.extend(part for part in dict.fromkeys(inside) if part not in found)
    return found


def _items(annotation: Any, how_many: int) -> list[Any]:
    """Items that are valid: models of the field's own kind, else texts."""
    kind = next(_models_in(annotation), None)
    return [f"n{number}" if kind is None else kind.model_construct() for number in range(how_many)]


def _limits_of(schema: Mapping[str, Any], annotation: Any) -> Iterator[tuple[Any, Any]]:
    """A value at each limit, and one beyond it."""
    for one in schema.get("anyOf", [schema]):
        smallest = 1 if one.get("type") == "integer" else 0.001
        match one:
            case {"maxItems": most} | {"type": "array", "maxLength": most}:
                yield _items(annotation, most), _items(annotation, most + 1)
            case {"maxProperties": most}:
                yield {str(n): None for n in range(most)}, {str(n): None for n in range(most + 1)}
            case {"maxLength": most}:
                yield "a" * most, "a" * (most + 1)
        match one:
            case {"minLength": least}:
                yield "a" * least, "a" * (least - 1)
            case {"minItems": least}:
                yield _items(annotation, least), _items(annotation, least - 1)
        match one:
            case {"maximum": most}:
                yield most, most + smallest
            case {"exclusiveMaximum": most}:
                yield most - smallest, most
        match one:
            case {"minimum": least}:
                yield least, least - smallest
            case {"exclusiveMinimum": least}:
                yield least + smallest, least


def _cases(*roots: type[BaseModel]) -> list[Case]:
    models = dict.fromkeys(model for root in roots for model in _with_those_inside(root))
    return [
        (model, name, within, beyond)
        for model in models
        for name, schema in model.model_json_schema().get("properties", {}).items()
        for within, beyond in _limits_of(schema, _annotation(model, name))
    ]


def _annotation(model: type[BaseModel], name: str) -> Any:
    return next(field.annotation for key, field in model.model_fields.items() if name in {key, field.alias})


def _refusals(model: type[BaseModel], name: str, value: Any) -> set[str]:
    """What is said of the size of this one field; other fields are missing, which does not matter here."""
    try:
        model.model_validate({name: value})
    except ValidationError as error:
        return {each["type"] for each in error.errors() if len(each["loc"]) and each["loc"][0] == name} & SAID
    return set()


def _name(case: Any) -> str | None:
    return case.__name__ if isinstance(case, type) else case if isinstance(case, str) and len(case) < 40 else ""


OF_NODES: Final = _cases(*(executor.parameters for executor in NodeExecutorFactory.from_entry_points().executors()))
OF_DEFINITIONS: Final = _cases(WorkflowDefinition)


@pytest.mark.parametrize(("model", "name", "within", "beyond"), OF_NODES, ids=_name)
def test_each_limit_of_a_parameter_is_where_its_executor_refuses(model: type[BaseModel], name: str, within: Any, beyond: Any) -> None:
    assert _refusals(model, name, within) == set()
    assert len(_refusals(model, name, beyond)) == 1


@pytest.mark.parametrize(("model", "name", "within", "beyond"), OF_DEFINITIONS, ids=_name)
def test_each_limit_of_the_schema_is_where_the_model_refuses(model: type[BaseModel], name: str, within: Any, beyond: Any) -> None:
    assert _refusals(model, name, within) == set()
    assert len(_refusals(model, name, beyond)) == 1


def test_the_limits_of_the_page_are_among_them() -> None:
    assert len(OF_NODES) > 30
    assert len(OF_DEFINITIONS) > 20
