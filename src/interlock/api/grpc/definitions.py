"""A definition as message, as JSON and as model; all three have the same content."""

from typing import Any, Final

from interlock.api.grpc.shapes import shape_of
from interlock.api.grpc.unknown_fields import check_known
from interlock.api.grpc.v1 import definition_pb2 as pb
from interlock.definition import WorkflowDefinition

_SHAPE: Final = shape_of(pb.WorkflowDefinition.DESCRIPTOR, WorkflowDefinition)


def definition_json(message: pb.WorkflowDefinition) -> dict[str, Any]:
    """The JSON form of a message: what the message leaves out is left out.

    Raises:
        InvalidRequest: it holds a field, a word or a value that is not known here.
    """
    check_known(message)
    return _SHAPE.read(message, "")


def definition_message(definition: WorkflowDefinition | dict[str, Any]) -> pb.WorkflowDefinition:
    """The message of a definition or of its JSON form, in any spelling that can be read; what it leaves out is left out.

    Raises:
        pydantic.ValidationError: it is not a definition.
    """
    model = definition if isinstance(definition, WorkflowDefinition) else WorkflowDefinition.model_validate(definition)
    message = _SHAPE.write(model)
    assert isinstance(message, pb.WorkflowDefinition)
    return message
