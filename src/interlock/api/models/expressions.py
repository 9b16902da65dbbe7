"""Expressions and templates: their values over data, and what can be written in them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from interlock.api.models.base import Answer, JsonObject, Request
from interlock.api.models.executions import NodeId

ExpressionUse = Literal["expression", "condition", "template"]
"""How a text is used: a whole expression, an expression that is true or false, or text with `{{ expressions }}` in it."""
ValueType = Literal["text", "number", "boolean", "null", "list", "object"]
"""The type of a JSON value."""
ExpressionPartKind = Literal["operator", "function", "text", "list", "object"]
"""An operator, a function, or a method of texts, lists or objects."""


class EvaluateExpression(Request):
    """Returns the value of an expression or a template, as the node that has it would get it. Nothing is changed.

    It is evaluated over what a node of an execution sees, if `execution_id` is given, and over the data in the request, which comes first. A text
    that has an error is answered with the error.
    """

    text: Annotated[str, Field(max_length=100_000)]
    use: ExpressionUse = "template"
    execution_id: UUID | None = None
    """The execution whose data is used."""
    node_id: NodeId | None = None
    """The node whose input is used: that of its latest visit."""
    from_nodes: Annotated[list[NodeId], Field(max_length=100)] = Field(default_factory=list)
    """If the node was not visited in that execution, its input is what these nodes gave, together."""
    input: JsonObject | None = None
    nodes: JsonObject | None = None
    """The outputs of other nodes by their ids, each as `{"output": …}`; they take the place of those of the execution."""
    context: JsonObject | None = None
    execution: JsonObject | None = None
    subject: Annotated[str, Field(max_length=1000)] | None = None
    item: Any = None
    """The element that a child of a MAP works on."""
    type: Annotated[str, Field(max_length=100)] | None = None
    """Type, subtype and parameter that a template stands in, for example `url` of `ACTION_NODE` / `HTTP_REQUEST`: some encode what is put in."""
    subtype: Annotated[str, Field(max_length=100)] | None = None
    parameter: Annotated[str, Field(max_length=100)] | None = None


class ExpressionProblem(Answer):
    """Why a text has no value."""

    code: str
    message: str
    hint: str
    column: int | None
    """Where in the text, in characters from 1, line breaks included."""


class ExpressionValue(Answer):
    """The value of an expression or a template, or the error in it."""

    type: ValueType | None
    """None if there is no value."""
    value: Any
    """The value; of one larger than 64 KiB only the beginning."""
    is_shortened: bool
    size: int | None
    """How many characters, elements or keys the whole value has."""
    is_true: bool | None
    """Whether the value counts as true."""
    error: ExpressionProblem | None
    steps: int
    """How many steps of its budget it took."""


class ListExpressionParts(Request):
    """Lists the operators, functions and methods that expressions have."""


class ExpressionPart(Answer):
    """An operator, a function or a method."""

    kind: ExpressionPartKind
    name: str
    signature: str
    """How it is written, for example `round(x, digits)`."""
    summary: str
    """What it gives, in Markdown."""
    example: str
    result: str
    """The value of the example, as JSON."""
    cost: str
    """How many steps it costs, in words."""


class ExpressionPartList(Answer):
    """Everything that can be written in an expression."""

    items: list[ExpressionPart]
    example_data: JsonObject
    """The data of the examples."""
    reserved_names: list[str]
    """Names that never mean a key of the input."""
