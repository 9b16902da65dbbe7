"""Every method with hostile requests: they are refused with a stable code and the request's id, and the server keeps working."""

import random
from collections.abc import Callable
from typing import Any, Final

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor

from interlock.api.grpc.methods import METHODS
from interlock.api.settings import MEBIBYTE, ApiSettings
from interlock.insight.request_metrics import REQUESTS
from tests.api.grpc.client import Client, Problem, problem_of
from tests.api.grpc.conftest import ServeGrpc
from tests.api.rest.requests import UNGUARDED

LIMIT: Final = 20_000
INVALID: Final = grpc.StatusCode.INVALID_ARGUMENT


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])


def _field(number: int, content: bytes) -> bytes:
    return _tag(number, 2) + _varint(len(content)) + content


def _texts(name: str) -> list[FieldDescriptor]:
    fields = METHODS[name].descriptor.input_type.fields
    return [field for field in fields if field.type == FieldDescriptor.TYPE_STRING]


def _deep(name: str) -> bytes | None:
    """100,000 lists in each other, where the method takes any value; each level is Value.list = List.values."""
    for field in METHODS[name].descriptor.input_type.fields:
        if field.message_type is not None and field.message_type.full_name == "interlock.v1.Object":
            return _field(field.number, _field(1, _field(1, b"a") + _field(2, _nested(100_001))))
    return None


def _nested(depth: int) -> bytes:
    from interlock.api.grpc.v1 import values_pb2

    number = next(field.number for field in values_pb2.Value.DESCRIPTOR.fields if field.message_type and field.message_type.name == "List")
    heads: list[bytes] = []
    size = 0
    for level in range(depth):
        head = _tag(1 if level % 2 else number, 2) + _varint(size)
        heads.append(head)
        size += len(head)
    return b"".join(reversed(heads))


BROKEN: Final[dict[str, Callable[[str], bytes | None]]] = {
    "no message": lambda name: b"\xff\xff\xff\xff",  # noqa: ARG005 - the same for all
    "cut off": lambda name: _tag(1, 2) + b"\x7fabc",  # noqa: ARG005
    "an endless number": lambda name: _tag(1, 0) + b"\xff" * 11,  # noqa: ARG005
    "a group that does not end": lambda name: _tag(900, 3),  # noqa: ARG005
    "text that is not UTF-8": lambda name: _field(_texts(name)[0].number, b"\xff\xfe") if _texts(name) else None,
    "half a character": lambda name: _field(_texts(name)[0].number, b"\xed\xa0\x80") if _texts(name) else None,
    "nested without end": _deep,
}
"""Bytes that are not a message."""
FAULTY: Final[dict[str, Callable[[str], bytes | None]]] = {
    "a field that is not known": lambda name: _tag(999, 0) + b"\x01",  # noqa: ARG005
    "a field of the wrong kind": lambda name: _tag(_texts(name)[0].number, 0) + b"\x01" if _texts(name) else None,
    "a NUL character": lambda name: _field(_texts(name)[0].number, b"a\x00b") if _texts(name) else None,
    "a cursor of nobody": lambda name: _field(_named(name, "cursor"), b"AAAA") if _named(name, "cursor") else None,
}
"""Messages that can be read, and are not valid."""


def _named(name: str, field: str) -> int:
    found = METHODS[name].descriptor.input_type.fields_by_name.get(field)
    return found.number if found is not None else 0


@pytest.fixture
async def admin(serve_grpc: ServeGrpc) -> Client:
    served = await serve_grpc(ApiSettings(body_limit=LIMIT, definition_limit=LIMIT))
    return await served.client()


async def test_every_method_refuses_hostile_messages(admin: Client) -> None:
    before = _defects()
    for name in METHODS:
        for kind, make in BROKEN.items():
            if (data := make(name)) is not None and len(data) <= LIMIT:
                _is(await problem_of(admin.raw(name, data)), INVALID, "IL013", f"{name}: {kind}")
        for kind, make in FAULTY.items():
            if (data := make(name)) is not None:
                problem = await problem_of(admin.raw(name, data))
                _is(problem, INVALID, "IL054", f"{name}: {kind}")
                assert problem.places, f"{name}: {kind}"
        large = await problem_of(admin.raw(name, _field(998, b"x" * LIMIT)))
        _is(large, grpc.StatusCode.RESOURCE_EXHAUSTED, "IL050", name)
        huge = await problem_of(admin.raw(name, bytes(LIMIT + 2 * MEBIBYTE)))
        assert huge.code is grpc.StatusCode.RESOURCE_EXHAUSTED, name
    assert _defects() == before
    assert await admin.call("get_session")


async def test_values_nested_without_end_are_refused(serve_grpc: ServeGrpc) -> None:
    admin = await (await serve_grpc()).client()
    deep = {name: data for name in METHODS if (data := _deep(name)) is not None}
    assert {"run_workflow"} <= deep.keys()
    for name, data in deep.items():
        _is(await problem_of(admin.raw(name, data)), INVALID, "IL013", name)


async def test_random_bytes_never_break_a_method(admin: Client) -> None:
    chance = random.Random(7)
    before = _defects()
    for name, method in METHODS.items():
        if name in UNGUARDED:
            continue
        numbers = [field.number for field in method.descriptor.input_type.fields] or [1]
        for _ in range(10):
            data = b"".join(_field(chance.choice(numbers), chance.randbytes(chance.randrange(40))) for _ in range(chance.randrange(1, 4)))
            code = await _code(admin.raw(name, data, timeout=60))
            assert code in {grpc.StatusCode.OK, INVALID, grpc.StatusCode.NOT_FOUND}, (name, data, code)
    assert _defects() == before


async def test_unknown_methods_are_refused(admin: Client) -> None:
    for path in ("/interlock.v1.WorkflowsService/Nothing", "/nobody.v1.Nothing/Nothing", "/grpc.health.v1.Health/Nothing"):
        call: Any = admin.channel.unary_unary(path, request_serializer=None, response_deserializer=None)
        _is(await problem_of(call(b"", timeout=60)), grpc.StatusCode.UNIMPLEMENTED, "IL051", path)


async def _code(call: Any) -> grpc.StatusCode:
    code: grpc.StatusCode = await call.code()
    return code


def _is(problem: Problem, code: grpc.StatusCode, reason: str, about: str) -> None:
    assert (problem.code, problem.reason) == (code, reason), f"{about}: {problem}"
    assert problem.request_id, about
    assert problem.message, about


def _defects() -> float:
    """Returns the number of requests of this process that ended with an internal error."""
    samples = [sample for metric in REQUESTS.collect() for sample in metric.samples if sample.name.endswith("_count")]
    return sum(sample.value for sample in samples if sample.labels["code"] == "IL099")
