"""A definition is the same as message, JSON, model, and in the database."""

import contextlib
import json

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from interlock.api.grpc.definitions import definition_json, definition_message
from interlock.api.grpc.v1 import definition_pb2 as pb
from interlock.api.grpc.values import read_object, write_object
from interlock.definition import WorkflowDefinition, definition_checksum, definition_schema
from interlock.errors import InvalidRequest
from tests.api.grpc.sameness import as_stored, exactly
from tests.api.grpc.schemas import as_written, schema_validator
from tests.api.grpc.strategies import OBJECTS, Json, definitions, mutated

_SCHEMA = schema_validator(definition_schema())
_MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@_MANY
@given(drawn=definitions())
def test_a_definition_survives_every_conversion(drawn: Json) -> None:
    model = WorkflowDefinition.model_validate(drawn)
    message = pb.WorkflowDefinition.FromString(definition_message(model).SerializeToString())
    read = definition_json(message)
    again = WorkflowDefinition.model_validate(read)
    assert again == model
    assert exactly(again.to_json()) == exactly(model.to_json())
    assert definition_checksum(again) == definition_checksum(model)
    assert definition_message(again) == message
    assert _SCHEMA.is_valid(json.loads(json.dumps(read)))


@_MANY
@given(drawn=definitions())
def test_a_field_that_is_left_out_stays_left_out(drawn: Json) -> None:
    said = {name: value for name, value in drawn.items() if value is not None and value not in ([], {})}
    read = definition_json(definition_message(drawn))
    assert read.keys() == said.keys()
    for given_node, node in zip(drawn["nodes"], read["nodes"], strict=True):
        assert node.keys() == {name for name, value in given_node.items() if value is not None}
        assert node.get("retry", {}).keys() == given_node.get("retry", {}).keys()


@_MANY
@given(value=OBJECTS)
def test_json_survives_the_conversion_without_loss(value: Json) -> None:
    message = write_object(value)
    assert exactly(read_object(type(message).FromString(message.SerializeToString()), "")) == exactly(value)


def test_deeply_nested_values_survive_the_conversion() -> None:
    value: Json = {"a": 10**30}
    for _ in range(30):
        value = {"a": [value, -0.0]}
    message = write_object(value)
    assert exactly(read_object(type(message).FromString(message.SerializeToString()), "")) == exactly(value)


def test_a_value_of_many_values_is_written_as_text_and_survives() -> None:
    value: Json = {"list": [0] * 20_000, "object": {f"k{number}": [] for number in range(100)}, "text": "a", "none": None, "number": -0.0}
    message = write_object(value)
    assert {key: message.fields[key].WhichOneof("kind") for key in value} == {
        "list": "json", "object": "json", "text": "text", "none": "null", "number": "number",
    }  # fmt: skip
    assert exactly(read_object(type(message).FromString(message.SerializeToString()), "")) == exactly(value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(drawn=definitions())
async def test_a_definition_survives_the_database(connection: psycopg.AsyncConnection, drawn: Json) -> None:
    model = WorkflowDefinition.model_validate(drawn)
    read = definition_json(definition_message(model))
    row = await (await connection.execute("select %s::jsonb::text", [json.dumps(read, allow_nan=False)])).fetchone()
    assert row is not None
    stored = json.loads(row[0])
    assert as_stored(stored) == as_stored(read)
    from_database = WorkflowDefinition.model_validate(stored)
    assert as_stored(from_database.to_json()) == as_stored(model.to_json())
    assert as_stored(definition_json(definition_message(from_database))) == as_stored(read)


def _with_connections(connections: Json) -> Json:
    return {"name": "w", "nodes": [{"id": "a", "type": "T", "subtype": "S"}], "connections": connections}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(drawn=definitions() | mutated())
@example(drawn=_with_connections({"0": None}))
@example(drawn=_with_connections({"0": {"connection_types": {}}}))
@example(drawn=_with_connections({"0": {"connection_types": {"MAIN": {"connections": []}}}}))
@example(drawn=_with_connections({"a": {"connection_types": {"OTHER": {"connections": []}}}}))
@example(drawn=_with_connections({"a": {"connection_types": {"main": {"connections": []}}}}))
@example(drawn=_with_connections({"a": {}}))
def test_the_schema_accepts_what_the_model_accepts(drawn: Json) -> None:
    try:
        WorkflowDefinition.model_validate(drawn)
        is_model = True
    except ValidationError:
        is_model = False
    written = as_written(drawn)
    assert _SCHEMA.is_valid(written) == is_model, list(_SCHEMA.iter_errors(written))


@pytest.mark.parametrize(
    ("place", "expected"),
    [("", "interlock.v1.WorkflowDefinition has no field 111"), ("nodes[0].retry", "interlock.v1.RetryPolicy has no field 111")],
)
def test_fields_of_a_newer_client_are_refused(place: str, expected: str) -> None:
    message = definition_message({"name": "w", "nodes": [{"id": "a", "type": "T", "subtype": "S", "retry": {}}]})
    (message if not place else message.nodes[0].retry).MergeFromString(b"\xf8\x06\x01")
    with pytest.raises(InvalidRequest) as refused:
        definition_json(pb.WorkflowDefinition.FromString(message.SerializeToString()))
    assert [(field.place, field.code) for field in refused.value.fields] == [(place, "unknown_field")]
    assert expected in refused.value.message


def test_words_of_a_newer_client_are_refused() -> None:
    message = definition_message({"name": "w", "nodes": [{"id": "a", "type": "T", "subtype": "S"}]})
    message.nodes[0].late = 99  # type: ignore[assignment]  # as a newer client would
    with pytest.raises(InvalidRequest, match=r"nodes\[0\].late: interlock.v1.Late has no value 99"):
        definition_json(message)


@given(noise=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    try:
        message = pb.WorkflowDefinition.FromString(noise)
    except Exception:  # noqa: BLE001 - protobuf's own
        return
    with contextlib.suppress(InvalidRequest):
        definition_json(message)


def test_a_coordinate_of_zero_differs_from_one_that_is_left_out() -> None:
    drawn = {"name": "w", "nodes": [{"id": "a", "type": "T", "subtype": "S", "position": {"x": 0, "y": 0.0}}]}
    message = pb.WorkflowDefinition.FromString(definition_message(drawn).SerializeToString())
    assert WorkflowDefinition.model_validate(definition_json(message)) == WorkflowDefinition.model_validate(drawn)
    message.nodes[0].position.ClearField("y")
    assert definition_json(message)["nodes"][0]["position"] == {"x": 0.0}
    message.nodes[0].ClearField("position")
    assert "position" not in definition_json(message)["nodes"][0]
