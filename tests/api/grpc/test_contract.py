"""The contract in `proto/`, the generated code, the operations and the models say the same."""

from pathlib import Path

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from interlock.api.grpc.contract import SOURCES, contract
from interlock.api.grpc.generate import FOLDER, generated_code
from interlock.api.grpc.methods import METHODS, service_of
from interlock.api.grpc.reference import table_of_methods
from interlock.api.models.base import Nothing
from interlock.api.operations import OPERATIONS, camel_case
from tests.api.grpc.client import Client

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "grpc.md"


def test_the_committed_contract_is_that_of_the_operations_and_their_models() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in SOURCES.glob("*.proto")}
    assert contract().items() <= committed.items(), "python -m interlock.api.grpc.contract"
    assert committed.keys() - contract().keys() == {"definition.proto", "errors.proto", "values.proto"}


def test_the_committed_code_is_what_the_sources_give() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.py*")}
    assert committed == generated_code(), "python -m interlock.api.grpc.generate"


def test_every_operation_has_its_method_and_every_method_its_operation() -> None:
    services = {service_of(operation).full_name: service_of(operation) for operation in OPERATIONS.values()}
    methods = {(service.name, method.name): method for service in services.values() for method in service.methods}
    expected = {(f"{camel_case(operation.service)}Service", camel_case(operation.name)): operation for operation in OPERATIONS.values()}
    assert methods.keys() == expected.keys()
    for place, operation in expected.items():
        method = methods[place]
        assert (method.server_streaming, method.client_streaming) == (operation.streams, False)
        assert method.input_type.name == f"{camel_case(operation.name)}Request"
        assert method.output_type.full_name == (
            "google.protobuf.Empty" if operation.answer is Nothing else f"interlock.v1.{operation.answer.__name__}"
        )


def test_a_field_that_is_left_out_can_be_distinguished_from_its_zero() -> None:
    for name, method in METHODS.items():
        for field in method.request.fields:
            about = method.request.model.model_fields[field.name]
            if about.is_required():
                continue
            default = about.get_default(call_default_factory=True)
            descriptor = method.descriptor.input_type.fields_by_name[field.name]
            zero_is_default = not default and default is not None
            assert descriptor.has_presence or descriptor.is_repeated or zero_is_default, f"{name}.{field.name}"


def test_whole_numbers_fit() -> None:
    for name, method in METHODS.items():
        properties = method.operation.request.model_json_schema()["properties"] if method.request.fields else {}
        for field in method.descriptor.input_type.fields:
            if field.type == FieldDescriptor.TYPE_INT32:
                choices = properties[field.name].get("anyOf", [properties[field.name]])
                assert max(choice.get("maximum", 0) for choice in choices) in range(1, 2**31), f"{name}.{field.name}"


async def test_reflection_lists_every_service_and_gives_the_contract(admin: Client) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(admin.channel)
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="interlock.v1.ExecutionsService"),
    ]
    listed, described = [answer async for answer in stub.ServerReflectionInfo(iter(asked))]
    names = {service.name for service in listed.list_services_response.service}
    ours = {method.descriptor.containing_service.full_name for method in METHODS.values()}
    assert names == ours | {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
    files = {FileDescriptorProto.FromString(data).name for data in described.file_descriptor_response.file_descriptor_proto}
    assert "interlock/v1/executions.proto" in files


async def test_tools_of_today_ask_reflection_by_its_name_of_today_and_it_describes_itself(admin: Client) -> None:
    ask = admin.channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    symbols = ["interlock.v1.WorkflowsService", "grpc.reflection.v1.ServerReflection"]
    asked = [reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol) for symbol in symbols]
    answers = [answer async for answer in ask(iter(asked))]
    files = [FileDescriptorProto.FromString(answer.file_descriptor_response.file_descriptor_proto[0]).name for answer in answers]
    assert files == ["interlock/v1/workflows.proto", "grpc/reflection/v1/reflection.proto"]


def test_the_reference_lists_every_method() -> None:
    assert table_of_methods() in REFERENCE.read_text(), "python -m interlock.api.grpc.reference docs/reference/grpc.md"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_shapes_hold_every_field_of_both_sides(name: str) -> None:
    method = METHODS[name]
    assert isinstance(method.request.write({}), Message)
    assert [field.name for field in method.request.fields] == [field.name for field in method.descriptor.input_type.fields]
    assert {field.name for field in method.request.fields} == set(method.operation.request.model_fields)
