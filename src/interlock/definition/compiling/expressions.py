"""Finds the expressions of a node."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from interlock.definition.expressions.expression import parse_expression
from interlock.definition.expressions.references import References
from interlock.definition.expressions.template import parse_template, texts_in
from interlock.definition.model.expression_text import IsExpression
from interlock.definition.model.fields import as_text
from interlock.definition.model.node import NodeDefinition
from interlock.definition.node_types import NodeTypeInfo

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A text of a node that contains expressions: one whole expression, or a template."""

    place: Place
    text: str
    is_template: bool

    def references(self) -> References:
        """Returns what the text reads.

        Raises:
            ExpressionError: it cannot be parsed.
        """
        return parse_template(self.text).references if self.is_template else parse_expression(self.text).references


def expressions_of(node: NodeDefinition, info: NodeTypeInfo | None) -> Iterator[Found]:
    """Yields every expression and template of a node, with its place in the node. Texts of an unknown node type count as templates."""
    whole = set()
    if info is not None:
        for place, text in _whole_expressions(info.parameters, node.parameters, ("parameters",)):
            whole.add(place)
            yield Found(place, text, is_template=False)
    raw = info.raw if info is not None else frozenset()
    for name, value in node.parameters.items():
        if name not in raw:
            yield from (Found(place, text, is_template=True) for place, text in texts_in(value, ("parameters", name)) if place not in whole)
    if node.lock is not None and "{{" in node.lock:
        yield Found(("lock",), node.lock, is_template=True)


def count_expressions(node: NodeDefinition, info: NodeTypeInfo | None) -> int:
    """Returns how many expressions a node has. Nothing is parsed, so braces inside an expression count, too."""
    return sum(found.text.count("{{") if found.is_template else 1 for found in expressions_of(node, info))


def _whole_expressions(model: type[BaseModel], values: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Yields the texts that a parameter model declares to be expressions, including those of models and lists inside it."""
    if isinstance(values, dict):
        for name, field in model.model_fields.items():
            key = field.alias or name
            if key in values:
                yield from _declared(field.annotation, field.metadata, values[key], (*place, key))


def _declared(annotation: Any, metadata: Iterable[Any], value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if any(isinstance(item, IsExpression) for item in metadata):
        if isinstance(value, str | bool):
            yield place, str(as_text(value))
        return
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _whole_expressions(annotation, value, place)
        return
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        yield from _declared(arguments[0], arguments[1:], value, place)
    elif isinstance(value, list) and get_origin(annotation) in (list, tuple):
        for position, item in enumerate(value):
            yield from _declared(arguments[0], (), item, (*place, position))
    elif isinstance(value, dict) and get_origin(annotation) is dict:
        for key, item in value.items():
            yield from _declared(arguments[1], (), item, (*place, key))
    elif get_origin(annotation) in (Union, UnionType):
        for argument in arguments:
            yield from _declared(argument, (), value, place)
