"""The two versions of reflection: `v1`, which tools ask first, and `v1alpha` before it. Their messages are the same."""

from typing import Final

from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha.reflection_pb2 import DESCRIPTOR

_BEFORE: Final = "grpc.reflection.v1alpha"
_NOW: Final = "grpc.reflection.v1"
REFLECTION_SERVICES: Final = tuple(f"{package}.ServerReflection" for package in (_NOW, _BEFORE))


def add_description() -> None:
    """Adds `v1` to the descriptors, so that reflection describes itself, too. A second call changes nothing."""
    described = FileDescriptorProto()
    DESCRIPTOR.CopyToProto(described)
    described.name = "grpc/reflection/v1/reflection.proto"
    described.package = _NOW
    for message in described.message_type:
        for field in [each for each in message.field if each.type_name]:
            field.type_name = field.type_name.replace(f".{_BEFORE}.", f".{_NOW}.")
    for service in described.service:
        for method in service.method:
            method.input_type = method.input_type.replace(f".{_BEFORE}.", f".{_NOW}.")
            method.output_type = method.output_type.replace(f".{_BEFORE}.", f".{_NOW}.")
    descriptor_pool.Default().AddSerializedFile(described.SerializeToString())
