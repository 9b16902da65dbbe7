"""Answers say what happened, and when it was meant."""

import httpx
import pytest

from tests.api.rest.requests import places, problem_of
from tests.api.rest.workflows import run, save

EMPTY = {"name": "empty", "nodes": [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}], "connections": []}


async def test_a_cancel_of_something_that_completed_changes_nothing_and_says_so(admin: httpx.AsyncClient) -> None:
    await save(admin, EMPTY)
    execution = await run(admin, "empty")
    answer = await admin.post(f"/api/v1/executions/{execution}/cancel", json={"reason": "too late"})
    assert (answer.status_code, answer.json()) == (200, {"changed": False, "status": "completed"})
    for change in ("suspend", "continue"):
        problem_of(await admin.post(f"/api/v1/executions/{execution}/{change}"), 409, "IL009")


@pytest.mark.parametrize("field", ["created_after", "created_before"])
async def test_a_time_without_a_zone_is_refused(admin: httpx.AsyncClient, field: str) -> None:
    for unclear in ("2026-01-31T12:00:00", "2026-01-31", "2026-01-31 12:00"):
        problem = problem_of(await admin.get("/api/v1/executions", params={field: unclear}), 422, "IL054")
        assert places(problem) == [f"query.{field}"]
        assert "no zone" in problem.invalid[0].message
    for clear in ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00.25-11:30"):
        assert (await admin.get("/api/v1/executions", params={field: clear})).status_code == 200


async def test_an_offset_is_counted(admin: httpx.AsyncClient) -> None:
    await save(admin, EMPTY)
    created = (await admin.get(f"/api/v1/executions/{await run(admin, 'empty')}")).json()["created_at"]
    assert created.endswith("Z")
    there = f"{created.removesuffix('Z')}+01:00"  # the same digits an hour east are an hour earlier
    assert len((await admin.get("/api/v1/executions", params={"created_after": there})).json()["items"]) == 1
    assert (await admin.get("/api/v1/executions", params={"created_before": there})).json()["items"] == []
