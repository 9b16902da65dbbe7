"""The node types that definitions may use."""

from typing import Annotated

from pydantic import Field

from interlock.api.models.base import Answer, JsonObject, Request


class ListNodeTypes(Request):
    """Lists all node types, by name."""


class GetNodeType(Request):
    """Returns one node type with the schema of its parameters."""

    type: Annotated[str, Field(max_length=100)]
    subtype: Annotated[str, Field(max_length=100)]


class NodeType(Answer):
    """A node type and its parameters."""

    type: str
    subtype: str
    title: str
    """Name for people, for example `HTTP request`."""
    description: str
    kind: str
    """`worker`, or how the database resolves it."""
    ports: list[str]
    """The ports that do not depend on the parameters."""
    ports_from: str | None
    """JSON pointers into the parameters, separated by spaces, at which more ports are named; an asterisk stands for every item."""
    takes: list[str]
    """Connection types other than MAIN that it can receive."""
    gives: list[str]
    """Connection types other than MAIN that it can supply."""
    is_trigger: bool
    waits: bool
    queue: str
    parameters_schema: JsonObject
    """JSON Schema 2020-12 of its parameters; `format: interlock-expression` marks an expression, `interlock-node` the id of a node,
    and `x-interlock-template: false` a parameter in which nothing is rendered. Other text is a template."""
    needs_credential: list[str]
    """Kinds of credential that its parameter of format `interlock-credential` takes."""


class NodeTypeList(Answer):
    """All node types."""

    items: list[NodeType]


class GetDefinitionSchema(Request):
    """Returns the JSON Schema of a definition."""


class DefinitionSchema(Answer):
    """The JSON Schema (draft 2020-12) of a definition."""

    json_schema: JsonObject
