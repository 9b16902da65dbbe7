"""The method of gRPC that each operation is."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from pydantic import ValidationError

from interlock.api.grpc.refusing import refusal
from interlock.api.grpc.shapes import Shape, shape_of
from interlock.api.grpc.unknown_fields import check_known
from interlock.api.invalid_fields import invalid_fields
from interlock.api.models.base import Answer, Nothing, Request
from interlock.api.operations import OPERATIONS, Operation, camel_case
from interlock.errors import BadRequest

PACKAGE: Final = "interlock.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One operation as a method of gRPC.

    Attributes:
        answer: None for an operation that returns nothing.
    """

    operation: Operation
    descriptor: MethodDescriptor
    request: Shape
    answer: Shape | None

    @property
    def path(self) -> str:
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    def read_request(self, data: bytes) -> Request:
        """Reads a request.

        Raises:
            BadRequest: the bytes are not a message.
            InvalidRequest: a field is unknown, or not valid.
        """
        try:
            message = self.request.message.FromString(data)
        except DecodeError as error:
            raise BadRequest(f"the request is not a {self.descriptor.input_type.full_name}: it cannot be read") from error
        check_known(message, besides=self.request.read_apart)
        given = self.request.read(message, "")
        try:
            return self.operation.request.model_validate(given)
        except ValidationError as error:
            raise refusal(invalid_fields(error)) from None

    def request_message(self, request: Request) -> Message:
        """Makes the message of a request."""
        return self.request.write(request)

    def answer_message(self, answer: Answer) -> Message:
        """Makes the message of an answer."""
        return self.answer.write(answer) if self.answer is not None else message_factory.GetMessageClass(self.descriptor.output_type)()

    def read_answer(self, message: Message) -> Answer:
        """Reads the answer from a message."""
        return self.operation.answer.model_validate(self.answer.read(message, "") if self.answer is not None else {})


def service_of(operation: Operation) -> ServiceDescriptor:
    """Returns the service of an operation."""
    module: Any = import_module(f"interlock.api.grpc.v1.{operation.service}_pb2")
    service: ServiceDescriptor = module.DESCRIPTOR.services_by_name[f"{camel_case(operation.service)}Service"]
    return service


def _method(operation: Operation) -> Method:
    descriptor = service_of(operation).methods_by_name[camel_case(operation.name)]
    answer = None if operation.answer is Nothing else shape_of(descriptor.output_type, operation.answer)
    return Method(operation=operation, descriptor=descriptor, request=shape_of(descriptor.input_type, operation.request), answer=answer)


METHODS: Final[Mapping[str, Method]] = MappingProxyType({name: _method(operation) for name, operation in OPERATIONS.items()})
"""By the operation's name."""
