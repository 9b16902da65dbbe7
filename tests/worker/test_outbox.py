"""Results on their way to the database."""

from typing import Any

import orjson
import pytest

from interlock.worker.held import HeldAssignment
from interlock.worker.outbox import Outbox, result_refused
from interlock.worker.results import failed

LIMIT = 64 * 1024


def held(assignment_id: str) -> HeldAssignment:
    """An assignment of which only the key counts here."""
    nothing: Any = None
    return HeldAssignment(nothing, nothing, 0, ("e", assignment_id, 1), {})


def outbox_with(*outputs: Any, limit: int = LIMIT) -> Outbox:
    outbox = Outbox(limit)
    for number, output in enumerate(outputs):
        outbox.put([(held(f"a{number}"), {"outcome": "completed", "output": output})])
    return outbox


def sent(outbox: Outbox) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = orjson.loads(outbox.take().encoded().text)
    return results


def test_results_leave_in_the_order_in_which_they_ended() -> None:
    assert [result["assignment_id"] for result in sent(outbox_with({}, {}, {}))] == ["a0", "a1", "a2"]


def test_a_batch_has_at_most_a_thousand_results() -> None:
    outbox = outbox_with(*({} for _ in range(1500)))
    assert len(outbox.take().reports) == 1000
    assert len(outbox.take().reports) == 500
    assert not outbox


def test_a_batch_has_at_most_eight_mebibytes() -> None:
    outbox = outbox_with(*({"text": "x" * 3_000_000} for _ in range(5)), limit=4 * 1024 * 1024)
    sizes = []
    while outbox:
        sizes.append(len(outbox.take().encoded().text))
    assert len(sizes) == 3
    assert max(sizes) <= 8 * 1024 * 1024


def test_a_busy_answer_is_sent_again_after_a_moment_and_says_how_often() -> None:
    outbox = outbox_with({"n": 1})
    for tries in (1, 2, 3):
        [report] = outbox.take().reports
        seconds = outbox.defer_report(report)
        assert seconds == 0.005 * 4 ** (tries - 1)
        assert not outbox
        assert not outbox.is_empty
        outbox.send_again(report)
        assert orjson.loads(report.encoded())["tries"] == tries


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ({"text": "a\x00b"}, "result_not_storable"),
        ({"a\x00b": 1}, "result_not_storable"),
        ({"nested": [{"deep": ["\x00"]}]}, "result_not_storable"),
        ({"text": "x" * LIMIT}, "result_too_large"),
        ({"value": object()}, "result_not_json"),
        ({"value": float("inf"), "big": 2**70}, "result_not_json"),
        ({"text": "\ud800"}, "result_not_json"),
    ],
)
def test_a_result_that_cannot_be_stored_becomes_a_failure_that_says_why(output: Any, code: str) -> None:
    first, bad, last = sent(outbox_with({"n": 1}, output, {"n": 2}))
    assert (first["output"], last["output"]) == ({"n": 1}, {"n": 2})
    assert bad["outcome"] == "failed"
    assert bad["error"]["code"] == code
    assert bad["error"]["retryable"] is False
    assert bad["error"]["message"]
    assert bad["error"]["hint"]


def test_a_text_that_only_looks_like_nul_is_stored() -> None:
    assert sent(outbox_with({"text": "\\u0000"}))[0]["output"] == {"text": "\\u0000"}


def test_integers_of_more_than_64_bits_are_kept() -> None:
    assert b"1180591620717411303424" in outbox_with({"n": 2**70}).take().encoded().text


def test_the_refused_result_of_a_batch_is_found_and_the_others_are_reported() -> None:
    outbox = outbox_with(*({"n": number} for number in range(100)))
    told: list[dict[str, Any]] = []
    exchanges = 0
    while outbox:
        batch = outbox.take()
        exchanges += 1
        results = orjson.loads(batch.encoded().text)
        if any(result.get("output") == {"n": 37} for result in results):
            assert outbox.split_refused(batch, result_refused("no such thing")) is None
        else:
            told += results
    failed = [result for result in told if result["outcome"] == "failed"]
    assert [result["assignment_id"] for result in failed] == ["a37"]
    assert failed[0]["error"]["message"] == "the database refused the result: no such thing"
    assert len(told) == 100
    assert exchanges < 20


def test_a_failure_that_is_refused_as_well_stays_and_is_returned() -> None:
    outbox = outbox_with({})
    for reason in ("first", "second"):
        assert outbox.split_refused(outbox.take(), result_refused(reason)) is None
    culprit = outbox.split_refused(outbox.take(), result_refused("third"))
    assert culprit is not None
    assert culprit.assignment_id == "a0"
    assert len(outbox) == 1


def test_each_result_of_a_slow_batch_goes_alone_and_the_slow_one_becomes_broken() -> None:
    outbox = outbox_with(*({"n": number} for number in range(5)))
    told: list[dict[str, Any]] = []
    while outbox:
        batch = outbox.take()
        results = orjson.loads(batch.encoded().text)
        if any(result.get("output") == {"n": 3} for result in results):
            assert outbox.split_slow(batch)
        else:
            told += results
    assert [result["assignment_id"] for result in told] == ["a0", "a1", "a2", "a4", "a3"]
    assert {key: told[-1][key] for key in ("execution_id", "attempt", "outcome")} == {"execution_id": "e", "attempt": 1, "outcome": "broken"}
    assert told[-1]["error"]["code"] == "statement_too_slow"
    assert told[-1]["error"]["hint"]


def test_new_results_take_turns_with_suspects() -> None:
    outbox = outbox_with({"n": 0}, {"n": 1})
    outbox.split_slow(outbox.take())
    outbox.put([(held("new"), {"outcome": "completed", "output": {}})])
    taken = [outbox.take() for _ in range(3)]
    assert [batch.is_suspect for batch in taken] == [True, False, True]
    assert [report.assignment_id for batch in taken for report in batch.reports] == ["a0", "new", "a1"]


def test_a_broken_result_that_is_too_slow_as_well_stays() -> None:
    outbox = outbox_with({})
    assert outbox.split_slow(outbox.take())
    assert not outbox.split_slow(outbox.take())
    assert len(outbox) == 1


def test_details_of_an_error_are_kept_whatever_they_hold() -> None:
    details: Any = {"n": float("nan"), "text": "a\0\ud800", "large": 6.022e23, 5: {1, 2} - {2}, "list": (1, None)}
    error = failed("a_code", "what happened", details=details, retryable=False)["error"]
    assert error["details"] == {"n": "nan", "text": "a\ufffd?", "large": 6.022e23, "5": "{1}", "list": [1, None]}
    assert failed("a_code", "", details={"text": "x" * 20_000}, retryable=False)["error"]["details"]["left_out"]
