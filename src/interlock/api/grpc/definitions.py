"""Converts a definition between its message, its JSON and its model; all three have the same content."""

from typing import Any, Final

from interlock.api.grpc.shapes import shape_of
from interlock.api.grpc.unknown_fields import check_known
from interlock.api.grpc.v1 import definition_pb2 as pb
from interlock.definition import WorkflowDefinition

_SHAPE: Final = shape_of(pb.WorkflowDefinition.DESCRIPTOR, WorkflowDefinition)


def definition_json(message: pb.WorkflowDefinition) -> dict[str, Any]:
    """Converts a message to JSON; a field that the message leaves out is left out.

    Raises:
        InvalidRequest: it has an unknown field, word or value.
    """
    check_known(message)
    return _SHAPE.read(message, "")


def definition_message(definition: WorkflowDefinition | dict[str, Any]) -> pb.WorkflowDefinition:
    """Makes the message of a definition or of its JSON form, in any spelling that can be read; a field that is left out stays left out.

    Raises:
        pydantic.ValidationError: it is not a definition.
    """
    model = definition if isinstance(definition, WorkflowDefinition) else WorkflowDefinition.model_validate(definition)
    message = _SHAPE.write(model)
    assert isinstance(message, pb.WorkflowDefinition)
    return message
