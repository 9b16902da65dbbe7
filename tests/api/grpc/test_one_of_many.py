"""Of several results in one call, each that is not valid is named, and the others count, as over REST."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.message import Message

from interlock.api.grpc.v1 import values_pb2
from tests.api.grpc.client import Client, message_of, problem_of
from tests.api.results import BAD, ONLY_JSON, fork

Change = Callable[[Any], object]


def _of_table(fields: dict[str, Any]) -> Change:
    """Makes a change of the table in a message; the client's own writer refuses some of them, so they are set field by field."""

    def change(result: Any) -> None:
        written = message_of("complete_assignments", {"results": [{name: value for name, value in fields.items() if name != "output"}]})
        result.MergeFrom(written.results[0])  # type: ignore[attr-defined]
        if "output" in fields:
            result.output.fields["a"].list.values.add().object.fields["b c"].text = fields["output"]["a"][0]["b c"]

    return change


CHANGES: dict[str, tuple[Change, str]] = {
    **{name: (_of_table(fields), place) for name, (fields, place) in BAD.items() if name not in ONLY_JSON},
    "a number that is none": (lambda result: setattr(result.output.fields["n"], "number", float("nan")), "results[1].output.n"),
    "a number without end": (lambda result: setattr(result.output.fields["n"].list.values.add(), "number", float("inf")), "results[1].output.n[0]"),
    "a whole number that is none": (lambda result: setattr(result.output.fields["n"], "big_integer", "1x"), "results[1].output.n"),
    "text that is no JSON": (lambda result: setattr(result.output.fields["n"], "json", "{"), "results[1].output.n"),
    "a value without a kind": (lambda result: result.output.fields["n"].SetInParent(), "results[1].output.n"),
    "a key with a NUL": (lambda result: setattr(result.output.fields["a\0"], "text", "x"), "results[1].output"),
    "a port with a NUL": (lambda result: setattr(result, "port", "\0"), "results[1].port"),
    "an outcome that does not exist": (lambda result: setattr(result, "outcome", 77), "results[1].outcome"),
    "no outcome": (lambda result: result.ClearField("outcome"), "results[1].outcome"),
    "no attempt": (lambda result: result.ClearField("attempt"), "results[1].attempt"),
    "a field that does not exist": (lambda result: result.MergeFromString(b"\xc0\x3e\x01"), "results[1]"),
    "a field that does not exist, deep inside": (
        lambda result: result.output.fields["a"].list.values.add().MergeFromString(b"\xc0\x3e\x01"),
        "results[1].output.fields.a.list.values[0]",
    ),
}


async def _claim(admin: Client, worker: dict[str, Any]) -> list[dict[str, Any]]:
    await admin.call("create_workflow", definition=fork(3))
    await admin.call("run_workflow", workflow="fork", input={})
    claimed = await admin.call("claim_assignments", **worker, request=1, queues=["default"], limit=10, lease_seconds=3600)
    assert len(claimed.items) == 3
    about = ("execution_id", "assignment_id", "attempt")
    return [{name: getattr(item, name) for name in about} | {"outcome": "completed", "output": {}} for item in claimed.items]


def _message(worker: dict[str, Any], number: int, results: list[dict[str, Any]]) -> Any:
    return message_of("complete_assignments", worker | {"request": number, "results": results})


async def _complete(admin: Client, message: Message) -> Any:
    return (await admin.raw("complete_assignments", message.SerializeToString())).answers


async def test_each_bad_result_is_answered_and_the_others_count(admin: Client) -> None:
    worker = {"worker_id": str(uuid4())}
    results = await _claim(admin, worker)
    number = 1
    for kind, (change, place) in CHANGES.items():
        number += 1
        message = _message(worker, number, results)
        change(message.results[1])
        answers = await _complete(admin, message)
        assert [one.answer for one in answers] == (["ok", "IL054", "ok"] if number == 2 else ["repeated", "IL054", "repeated"]), (kind, answers)
        assert [one.assignment_id for one in answers] == [str(one["assignment_id"]) for one in results]
        assert [[field.place for field in one.invalid] for one in answers] == [[], [place], []], kind
        assert all(field.message for one in answers for field in one.invalid)
    answers = await _complete(admin, _message(worker, number + 1, results[1:2]))
    assert [one.answer for one in answers] == ["ok"]  # it was the worker's all the time


@pytest.mark.parametrize("name", ["execution_id", "assignment_id"])
@pytest.mark.parametrize("bad", ["x", "\0", ""])
async def test_a_result_that_does_not_say_whose_it_is_refuses_the_call_with_its_place(admin: Client, name: str, bad: str) -> None:
    worker = {"worker_id": str(uuid4())}
    message = _message(worker, 2, await _claim(admin, worker))
    setattr(message.results[1], name, bad)
    problem = await problem_of(admin.raw("complete_assignments", message.SerializeToString()))
    assert (problem.code, problem.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "IL054")
    assert problem.places == [f"results[1].{name}"]


async def test_a_bad_result_that_does_not_say_whose_it_is_is_named_by_what_is_wrong_in_it(admin: Client) -> None:
    worker = {"worker_id": str(uuid4())}
    message = _message(worker, 2, await _claim(admin, worker))
    message.results[2].assignment_id = "x"
    message.results[2].output.fields["n"].CopyFrom(values_pb2.Value(number=float("nan")))
    problem = await problem_of(admin.raw("complete_assignments", message.SerializeToString()))
    assert problem.places == ["results[2].output.n"]


async def test_a_field_that_does_not_exist_beside_the_results_refuses_the_call(admin: Client) -> None:
    worker = {"worker_id": str(uuid4())}
    message = _message(worker, 2, await _claim(admin, worker))
    problem = await problem_of(admin.raw("complete_assignments", message.SerializeToString() + b"\xc0\x3e\x01"))
    assert (problem.code, problem.places) == (grpc.StatusCode.INVALID_ARGUMENT, [""])
