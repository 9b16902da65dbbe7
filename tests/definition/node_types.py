"""The node types that the tests of definitions use: the flow nodes, and a few of every other kind."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from interlock.assignment_errors import AssignmentErrorCode
from interlock.definition import FLOW_NODE_TYPES, ConnectionType, ExpressionText, NodeTypeInfo, NodeTypes
from interlock.definition.node_types import ParameterWarning


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Nothing(Parameters):
    pass


class Transform(Parameters):
    output: Any


class HttpRequest(Parameters):
    url: str
    method: Literal["GET", "POST"] = "GET"
    timeout_seconds: Annotated[float, Field(gt=0)] = 30


class RunCode(Parameters):
    code: str


class Check(Parameters):
    """Expressions in every position where a model can mark one."""

    condition: ExpressionText | None = None
    every: list[ExpressionText] = []
    named: dict[str, ExpressionText] = {}


class Ask(Parameters):
    question: str
    options: list[str] = ["yes", "no"]


def options_of(parameters: BaseModel) -> tuple[str, ...]:
    assert isinstance(parameters, Ask)
    return tuple(parameters.options)


class Query(Parameters):
    query: str
    parameters: dict[str, Any] = {}


def unused_of(parameters: BaseModel) -> Iterator[ParameterWarning]:
    assert isinstance(parameters, Query)
    for name in parameters.parameters:
        if f":{name}" not in parameters.query:
            yield ParameterWarning(code="unused_parameter", place=("parameters", name), message=f"Nothing uses {name}.", hint="Remove it.")


TEAPOT = AssignmentErrorCode(code="teapot", meaning="It is a teapot.", cause="It was asked for coffee.", hint="Ask for tea.")


def node_types() -> NodeTypes:
    tools = frozenset({ConnectionType.AI_TOOL, ConnectionType.AI_MEMORY})
    return NodeTypes(
        [
            *FLOW_NODE_TYPES,
            NodeTypeInfo(type="ACTION_NODE", subtype="TRANSFORM", parameters=Transform),
            NodeTypeInfo(type="ACTION_NODE", subtype="HTTP_REQUEST", parameters=HttpRequest, errors=(TEAPOT,)),
            NodeTypeInfo(type="ACTION_NODE", subtype="RUN_CODE", parameters=RunCode, raw=frozenset({"code"}), sees_all=True),
            NodeTypeInfo(type="ACTION_NODE", subtype="SQL_QUERY", parameters=Query, raw=frozenset({"query"}), warnings_of=unused_of),
            NodeTypeInfo(type="ACTION_NODE", subtype="CHECK", parameters=Check, raw=frozenset({"condition", "every", "named"})),
            NodeTypeInfo(type="HUMAN_IN_THE_LOOP_NODE", subtype="HIL_DECISION", parameters=Ask, ports=(), ports_of=options_of, waits=True),
            NodeTypeInfo(type="AI_AGENT_NODE", subtype="CLAUDE_NODE", parameters=Transform, takes=tools),
            NodeTypeInfo(type="TOOL_NODE", subtype="HTTP_TOOL", parameters=Nothing, ports=()),
            NodeTypeInfo(type="MEMORY_NODE", subtype="CONVERSATION", parameters=Nothing, ports=()),
        ]
    )
