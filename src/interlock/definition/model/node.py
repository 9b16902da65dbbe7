"""A node as drawn."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import LockTemplate, NodeId, NodeName, Parameters, QueueName, TimeoutSeconds, TypeName, Whole
from interlock.definition.model.join import Join, Late, OnError
from interlock.definition.model.position import Position
from interlock.definition.model.retry import RetryPolicy


class NodeDefinition(DefinitionModel):
    """One node of a workflow.

    Two other spellings are accepted and not kept: `critical: false` means `on_error: continue` (`true` means `fail`), and `custom_config` beside
    `parameters` means `parameters.custom_config`.
    """

    id: NodeId
    """1 to 100 letters, digits, `_`, `.`, `-` and inner blanks; starts with a letter or `_`; unique in the workflow."""
    name: NodeName | None = None
    """What people see. Default: the id."""
    type: TypeName
    subtype: TypeName
    parameters: Parameters = Field(default_factory=dict)
    """The parameters of the node type; texts may contain `{{ expression }}`."""
    join: Join = "all"
    late: Late = Late.SWALLOW
    ordered: Annotated[bool, Field(strict=True)] = False
    """Whether visits leave in the order in which they began."""
    retry: RetryPolicy = RetryPolicy()
    on_error: OnError = OnError.FAIL
    disabled: Annotated[bool, Field(strict=True)] = False
    """Whether the node does nothing: it passes its input on through `main`, at no cost."""
    timeout_seconds: TimeoutSeconds | None = None
    """How long one attempt may take, in seconds from its claim."""
    max_visits: Annotated[Whole, Field(ge=1, le=1_000_000_000)] = 10_000
    """How many visits the node may have since something in the execution last waited."""
    queue: QueueName | None = None
    """The queue from which workers claim it. Default: the queue of its node type."""
    lock: LockTemplate | None = None
    """The key that a visit holds while it is open; a template."""
    position: Position | None = None
    """Where people put it in the drawing. Default: the layout decides. It does not change how the workflow runs."""

    @model_validator(mode="before")
    @classmethod
    def _read_other_spellings(cls, value: Any) -> Any:
        return _with_custom_config(_with_critical(value)) if isinstance(value, dict) else value


def _with_critical(value: dict[str, Any]) -> dict[str, Any]:
    if "critical" not in value:
        return value
    critical = value["critical"]
    if not isinstance(critical, bool):
        raise ValueError("critical must be true or false")
    on_error = "fail" if critical else "continue"
    if value.get("on_error", on_error) != on_error:
        raise ValueError(f"critical: {str(critical).lower()} means on_error: {on_error}, but on_error is {value['on_error']}")
    return {key: item for key, item in value.items() if key != "critical"} | {"on_error": on_error}


def _with_custom_config(value: dict[str, Any]) -> dict[str, Any]:
    if "custom_config" not in value:
        return value
    parameters = value.get("parameters", {})
    if not isinstance(parameters, dict):
        return value
    if parameters.get("custom_config", value["custom_config"]) != value["custom_config"]:
        raise ValueError("custom_config is given twice, beside parameters and in them, and differs")
    rest = {key: item for key, item in value.items() if key != "custom_config"}
    return rest | {"parameters": parameters | {"custom_config": value["custom_config"]}}
