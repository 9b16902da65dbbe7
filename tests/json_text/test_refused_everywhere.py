"""What is refused is refused by every way in, with its place and a hint, and nothing is started."""

import json
import math
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest

from interlock.api.definition_errors import place_of
from interlock.api.grpc.v1 import values_pb2, workflows_pb2
from interlock.controlplane import ControlPlane
from interlock.errors import InvalidRequest
from interlock.json_text import DIGITS
from tests.api.grpc.client import problem_of
from tests.json_text.values import REFUSED_TEXTS, nested
from tests.json_text.ways import Ways, guest, ways

__all__ = ["guest", "ways"]

REFUSED_VALUES: list[tuple[Any, str, str]] = [
    ({"a": [1, math.nan]}, "bad_number", "/a/1"),
    ({"a": math.inf}, "bad_number", "/a"),
    ({"a": 10**DIGITS}, "bad_number", "/a"),
    ({"a/b": "x\0"}, "nul_byte", "/a~1b"),
    ({"a": {"\ud800": 1}}, "bad_text", "/a"),
    (nested(101), "too_deep", "/deep" + "/0/a" * 49 + "/0"),
    (nested(601), "too_deep", "/deep" + "/0/a" * 49 + "/0"),
]
IDS = [f"{code}{position}" for position, (_, code, _) in enumerate(REFUSED_VALUES)]


async def started(ways: Ways) -> int:
    counts = (await ways.client.count_executions()).counts
    return sum(each.count for each in counts)


async def post(ways: Ways, path: str, text: str) -> httpx.Response:
    return await (await ways.api.client()).post(f"/api/v1{path}", content=text.encode(), headers={"Content-Type": "application/json"})


async def test_a_body_over_http(ways: Ways) -> None:
    for text, code, place in REFUSED_TEXTS:
        answer = await post(ways, "/workflows/numbers/run", f'{{"input": {text}}}')
        assert answer.status_code in {400, 422}, answer.text
        told = answer.json()
        assert told["hint"] or told["invalid"][0]["hint"]
        if code == "not_json":
            continue
        if answer.status_code == 422:
            assert (told["invalid"][0]["code"], told["invalid"][0]["place"]) == (code, place_of(f"/input{place}"))
        else:
            assert f"/input{place}" in told["detail"]
    assert await started(ways) == 0


async def test_a_result_over_http(ways: Ways) -> None:
    worker = {"worker_id": str(uuid4()), "request": 1}
    assert (await post(ways, "/assignments/claim", json.dumps(worker | {"queues": ["default"], "limit": 1}))).status_code == 200
    outcome = {"execution_id": str(uuid4()), "assignment_id": str(uuid4()), "attempt": 1, "outcome": "completed"}
    for number, (text, code, place) in enumerate(REFUSED_TEXTS, 2):
        results = json.dumps(worker | {"request": number, "results": [outcome]}).replace('"completed"}', f'"completed", "output": {text}}}')
        answer = await post(ways, "/assignments/complete", results)
        if code == "not_json":
            assert answer.status_code == 400, answer.text
            continue
        [told] = answer.json()["answers"]
        assert told["answer"] == "IL054"
        [field] = told["invalid"]
        # the levels of the request count too: how deep is too deep is said one level sooner
        assert field["place"] == place_of(f"/results/0/output{place}") or (
            code == "too_deep" and field["place"].startswith("results[0].output.deep[0]")
        )


async def test_a_message_over_grpc(ways: Ways) -> None:
    def asked(value: values_pb2.Value) -> Any:
        message = workflows_pb2.RunWorkflowRequest(workflow="numbers", input=values_pb2.Object(fields={"x": value}))
        return ways.grpc.raw("run_workflow", message.SerializeToString())

    for text, _, place in REFUSED_TEXTS:
        problem = await problem_of(asked(values_pb2.Value(json=text)))
        assert problem.code is grpc.StatusCode.INVALID_ARGUMENT
        assert problem.places[0].startswith("input.x"), problem
        assert place in problem.message or place_of(place, "input.x") in problem.message
    for value in (
        values_pb2.Value(number=math.nan),
        values_pb2.Value(number=-math.inf),
        values_pb2.Value(big_integer="9" * (DIGITS + 1)),
        values_pb2.Value(big_integer="1e5"),
    ):
        assert (await problem_of(asked(value))).places == ["input.x"]
    assert await started(ways) == 0


@pytest.mark.parametrize(("value", "code", "place"), REFUSED_VALUES, ids=IDS)
async def test_a_value_of_the_client_and_of_the_control_plane(ways: Ways, value: Any, code: str, place: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await ways.client.run_workflow("numbers", input=value)
    [field] = refused.value.fields
    assert field.code == code
    assert field.place.startswith(place_of(place, "input"))  # where the whole body is too deep, a few levels below
    [answer] = await ControlPlane(ways.api.services.pool).start_executions("numbers", [{"input": value}])
    assert answer.error
    assert answer.error["message"].startswith(f"/input{place}: ")
    assert await started(ways) == 0


async def test_what_a_node_makes(ways: Ways) -> None:
    """A number beyond a double, a value that is too deep, and a key twice: each fails its own attempt and says where."""
    http = {"method": "POST", "url": "{{ input.url }}", "response": "json", "body": "{{ input.text }}", "allow_private_addresses": True}
    nodes = {
        "code": ("RUN_CODE", {"code": "{'a': [1, float(text)]}"}, {"text": "inf"}, "code_output", "/a/1"),
        "deep": ("RUN_CODE", {"code": "x = 1\nfor _ in range(101):\n    x = [x]\nx"}, {}, "code_output", "/0" * 100),
        "http": ("HTTP_REQUEST", http, {"url": ways.echo, "text": '{"a": {"b": 1, "b": 2}}'}, "response_not_json", "/a/b"),
        "more": ("HTTP_REQUEST", http, {"url": ways.echo, "text": '{"a": [1e400]}'}, "response_not_json", "/a/0"),
    }
    for name, (subtype, parameters, given, code, place) in nodes.items():
        begin = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
        step = {"id": "step", "type": "ACTION_NODE", "subtype": subtype, "parameters": parameters}
        await ways.client.create_workflow({"name": name, "nodes": [begin, step], "connections": [{"from": "begin", "to": "step"}]})
        ended = await ways.client.wait_for((await ways.client.run_workflow(name, input=given)).execution_id, timeout_seconds=60)
        assert ended.error is not None
        assert (ended.error.code, ended.error.details["place"], ended.error.retryable) == (code, place, False), ended.error
        assert ended.error.hint
