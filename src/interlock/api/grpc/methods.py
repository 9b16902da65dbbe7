"""Which method of which service each operation is."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from pydantic import ValidationError

from interlock.api.grpc.refusing import inside, refusal
from interlock.api.grpc.shapes import Shape, shape_of
from interlock.api.grpc.unknown_fields import check_known
from interlock.api.models.base import Answer, Nothing, Request
from interlock.api.operations import OPERATIONS, Operation, camel_case
from interlock.errors import BadRequest, InvalidField

PACKAGE: Final = "interlock.v1"
MOST_FIELDS: Final = 50
"""How many invalid fields an answer lists at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One operation as a method of gRPC.

    Attributes:
        answer: None for an operation that answers nothing.
    """

    operation: Operation
    descriptor: MethodDescriptor
    request: Shape
    answer: Shape | None

    @property
    def path(self) -> str:
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    def read_request(self, data: bytes) -> Request:
        """The request that came.

        Raises:
            BadRequest: it is no message.
            InvalidRequest: a field is not known here, or not of the form.
        """
        try:
            message = self.request.message.FromString(data)
        except DecodeError as error:
            raise BadRequest(f"the request is not a {self.descriptor.input_type.full_name}: it cannot be read") from error
        check_known(message)
        given = self.request.read(message, "")
        try:
            return self.operation.request.model_validate(given)
        except ValidationError as error:
            raise _not_of_the_form(error) from None

    def request_message(self, request: Request) -> Message:
        """The message of a request."""
        return self.request.write(request)

    def answer_message(self, answer: Answer) -> Message:
        """The message of an answer."""
        return self.answer.write(answer) if self.answer is not None else message_factory.GetMessageClass(self.descriptor.output_type)()

    def read_answer(self, message: Message) -> Answer:
        """The answer that a message holds."""
        return self.operation.answer.model_validate(self.answer.read(message, "") if self.answer is not None else {})


def service_of(operation: Operation) -> ServiceDescriptor:
    """The service that has an operation's method."""
    module: Any = import_module(f"interlock.api.grpc.v1.{operation.service}_pb2")
    service: ServiceDescriptor = module.DESCRIPTOR.services_by_name[f"{camel_case(operation.service)}Service"]
    return service


def _method(operation: Operation) -> Method:
    descriptor = service_of(operation).methods_by_name[camel_case(operation.name)]
    answer = None if operation.answer is Nothing else shape_of(descriptor.output_type, operation.answer)
    return Method(operation=operation, descriptor=descriptor, request=shape_of(descriptor.input_type, operation.request), answer=answer)


def _not_of_the_form(error: ValidationError) -> Exception:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return refusal([InvalidField(place=_place(each["loc"]), message=each["msg"], code=each["type"]) for each in found[:MOST_FIELDS]])


def _place(steps: tuple[int | str, ...]) -> str:
    place = ""
    for step in steps:
        place = inside(place, step)
    return place


METHODS: Final[Mapping[str, Method]] = MappingProxyType({name: _method(operation) for name, operation in OPERATIONS.items()})
"""By the operation's name."""
