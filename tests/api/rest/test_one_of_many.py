"""Of several results, each that is not valid is named, and the others count."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.rest.requests import places, problem_of
from tests.api.rest.workflows import run, save
from tests.api.results import BAD, fork


async def _claim(admin: httpx.AsyncClient, worker: dict[str, Any]) -> list[dict[str, Any]]:
    await save(admin, fork(3))
    await run(admin, "fork")
    claim = worker | {"request": 1, "queues": ["default"], "limit": 10, "lease_seconds": 3600}
    items = (await admin.post("/api/v1/assignments/claim", json=claim)).json()["items"]
    assert len(items) == 3
    return [{key: item[key] for key in ("execution_id", "assignment_id", "attempt")} | {"outcome": "completed", "output": {}} for item in items]


async def test_each_bad_result_is_answered_and_the_others_count(admin: httpx.AsyncClient) -> None:
    worker: dict[str, Any] = {"worker_id": str(uuid4())}
    first, second, third = await _claim(admin, worker)
    number = 1
    for kind, (change, place) in BAD.items():
        number += 1
        answer = await admin.post("/api/v1/assignments/complete", json=worker | {"request": number, "results": [first, second | change, third]})
        assert answer.status_code == 200, (kind, answer.text)
        answers = answer.json()["answers"]
        assert [one["answer"] for one in answers] == (["ok", "IL054", "ok"] if number == 2 else ["repeated", "IL054", "repeated"]), (kind, answers)
        assert [one["assignment_id"] for one in answers] == [one["assignment_id"] for one in (first, second, third)]
        assert [[field["place"] for field in one["invalid"]] for one in answers] == [[], [place], []], kind
        assert all(field["message"] for one in answers for field in one["invalid"])
    answer = await admin.post("/api/v1/assignments/complete", json=worker | {"request": number + 1, "results": [second]})
    assert [one["answer"] for one in answer.json()["answers"]] == ["ok"]  # it was the worker's all the time
    found = (await admin.get(f"/api/v1/executions/{second['execution_id']}")).json()
    assert found["status"] == "completed"


@pytest.mark.parametrize(("bad", "place"), [("NaN", ".n"), ("1e999", ".n"), ('{"k": 1, "k": 2}', ".n.k"), ('"\\ud800"', ".n"), ("9" * 4301, ".n")])
async def test_a_value_that_is_no_json_refuses_its_result_only(admin: httpx.AsyncClient, bad: str, place: str) -> None:
    worker: dict[str, Any] = {"worker_id": str(uuid4())}
    first, second, third = await _claim(admin, worker)
    text = json.dumps(worker | {"request": 2, "results": [first, second | {"output": {"n": "BAD"}}, third]}).replace('"BAD"', bad)
    answer = await admin.post("/api/v1/assignments/complete", content=text, headers={"Content-Type": "application/json"})
    answers = answer.json()["answers"]
    assert [one["answer"] for one in answers] == ["ok", "IL054", "ok"]
    assert [field["place"] for field in answers[1]["invalid"]] == [f"results[1].output{place}"]


async def test_what_is_reported_twice_is_refused_and_nothing_else(admin: httpx.AsyncClient) -> None:
    worker: dict[str, Any] = {"worker_id": str(uuid4())}
    first, second, _ = await _claim(admin, worker)
    failed = first | {"outcome": "failed", "output": None, "error": {"code": "c", "message": "m"}}
    answer = await admin.post("/api/v1/assignments/complete", json=worker | {"request": 2, "results": [first, second, failed]})
    assert [one["answer"] for one in answer.json()["answers"]] == ["IL054", "ok", "IL054"]
    assert [field["place"] for field in answer.json()["answers"][2]["invalid"]] == ["results[2]"]


@pytest.mark.parametrize("change", [{"assignment_id": "x"}, {"execution_id": None}])
async def test_a_result_that_does_not_say_whose_it_is_refuses_the_request_with_its_place(admin: httpx.AsyncClient, change: dict[str, Any]) -> None:
    worker: dict[str, Any] = {"worker_id": str(uuid4())}
    first, second, _ = await _claim(admin, worker)
    answer = await admin.post("/api/v1/assignments/complete", json=worker | {"request": 2, "results": [first, second | change]})
    assert places(problem_of(answer, 422, "IL054")) == [f"body.results[1].{next(iter(change))}"]


@pytest.mark.parametrize("name", ["execution_id", "assignment_id"])
@pytest.mark.parametrize("value", ["[]", "{}", "null", "1"])
async def test_a_bad_result_that_names_no_assignment_refuses_the_request_with_its_place(admin: httpx.AsyncClient, name: str, value: str) -> None:
    ids = {"execution_id": json.dumps(str(uuid4())), "assignment_id": json.dumps(str(uuid4())), name: value}
    named = ", ".join(f'"{key}": {text}' for key, text in ids.items())
    result = f'{{{named}, "attempt": 1, "outcome": "completed", "output": {{"a": NaN}}}}'
    body = f'{{"worker_id": "{uuid4()}", "request": 1, "results": [{result}]}}'
    answer = await admin.post("/api/v1/assignments/complete", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert "/results/0/output/a" in answer.text
