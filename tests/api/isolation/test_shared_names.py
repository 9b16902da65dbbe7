"""Two workspaces use the same names for everything, and neither notices: workflows, credentials, queues, locks, keys, subjects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from interlock.api.models.users import Role
from tests.api.isolation.arena import arena_of
from tests.api.isolation.worlds import LISTS
from tests.api.serving import DEFAULT, Api
from tests.controlplane.plane import Plane

QUEUE: Final = "shared"
LOCK: Final = "shared-lock"


def _definition(name: str = "shared", *, lock: str | None = None, whole: str | None = None) -> dict[str, Any]:
    step = {"id": "work", "type": "ACTION_NODE", "subtype": "TRANSFORM", "queue": QUEUE, "parameters": {"values": {}}}
    return {
        "name": name,
        "nodes": [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, {**step, **({"lock": lock} if lock else {})}],
        "connections": [{"from": "begin", "to": "work"}],
        **({"lock": whole} if whole else {}),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """An admin of a workspace, and a worker of theirs."""

    workspace_id: int
    client: httpx.AsyncClient
    worker: str

    async def ask(self, method: str, path: str, /, **body: Any) -> dict[str, Any]:
        answer = await self.client.request(method, f"/api/v1{path}", json=body or None)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return dict(answer.json()) if answer.content else {}

    async def run(self, workflow: str = "shared", **more: Any) -> str:
        return str((await self.ask("POST", f"/workflows/{workflow}/run", **more))["execution_id"])

    async def claim(self, request: int, *queues: str, limit: int = 100) -> set[str]:
        """Returns the executions of what was claimed."""
        claim = {"worker_id": self.worker, "request": request, "queues": list(queues or (QUEUE,)), "limit": limit, "lease_seconds": 3_600}
        return {item["execution_id"] for item in (await self.ask("POST", "/assignments/claim", **claim))["items"]}

    async def reasons(self, execution: str) -> list[dict[str, Any]]:
        return list((await self.ask("GET", f"/executions/{execution}/explain"))["reasons"])


@pytest.fixture(params=["the first workspace", "another one"])
async def teams(api: Api, request: pytest.FixtureRequest) -> tuple[Team, Team]:
    """Two workspaces, one of which may be the first."""
    first = DEFAULT if request.param == "the first workspace" else await api.make_workspace()
    ids = (first, await api.make_workspace())
    one, two = [Team(workspace_id=each, client=await api.client(Role.ADMIN, each), worker=str(uuid4())) for each in ids]
    return one, two


async def test_each_name_is_free_in_the_other_workspace(teams: tuple[Team, Team]) -> None:
    ids = set()
    for team in teams:
        ids.add((await team.ask("POST", "/workflows", definition=_definition()))["id"])
        fields = {"name": "shared", "kind": "bearer", "fields": {"token": "a-secret-token"}, "allowed_hosts": ["example.com"]}
        ids.add((await team.ask("POST", "/credentials", **fields))["id"])
        started = await team.ask("POST", "/workflows/shared/run", idempotency_key="once", subject="shared", input={"a": team.workspace_id})
        assert started["created"] is True
        assert (await team.ask("POST", "/workflows/shared/run", idempotency_key="once", subject="shared", input={"a": team.workspace_id})) == {
            "execution_id": started["execution_id"],
            "created": False,
        }
        ids.add(started["execution_id"])
    assert len(ids) == 6
    for team in teams:
        assert len((await team.ask("GET", "/executions?subject=shared"))["items"]) == 1
        assert sum(count["count"] for count in (await team.ask("GET", "/executions/counts?subject=shared"))["counts"]) == 1


async def test_a_worker_gets_only_what_is_of_its_workspace_from_queues_of_one_name(teams: tuple[Team, Team]) -> None:
    one, two = teams
    mine: dict[Team, set[str]] = {}
    for team in teams:
        await team.ask("POST", "/workflows", definition=_definition())
        mine[team] = {await team.run() for _ in range(3)}
    assert await one.claim(1, limit=2) < mine[one]
    assert await two.claim(1) == mine[two]
    assert len(await one.claim(2)) == 1
    assert await two.claim(2) == set()
    for team in teams:
        assert [(each["queue"], each["running"], each["workers"]) for each in (await team.ask("GET", "/queues"))["items"]] == [(QUEUE, 3, 1)]


async def test_a_queue_that_is_named_like_the_key_of_another_one_is_not_that(teams: tuple[Team, Team]) -> None:
    one, two = teams
    await one.ask("POST", "/workflows", definition=_definition())
    await one.run()
    for name in (QUEUE, f"#{one.workspace_id}:{QUEUE}", f"#1:{QUEUE}"):
        claim = {"worker_id": two.worker, "request": 1, "queues": [name], "limit": 10}
        answer = await two.client.post("/api/v1/assignments/claim", json=claim)
        assert answer.status_code == (422 if "#" in name else 200), answer.text
        assert not answer.json().get("items")
        definition = _definition("named")
        definition["nodes"][1]["queue"] = name
        assert (await two.client.post("/api/v1/workflows/validate", json={"definition": definition})).json()["valid"] is ("#" not in name)


async def test_what_a_worker_reports_for_another_workspace_is_as_if_it_did_not_exist(
    teams: tuple[Team, Team], connection: psycopg.AsyncConnection
) -> None:
    """Even if it knows everything about an assignment, also one that no worker holds, and one that is due in a queue of the same name."""
    one, two = teams
    for team in teams:
        await team.ask("POST", "/workflows", definition=_definition())
    held, due = await one.run(), await one.run()
    assert await one.claim(1, limit=1) == {held}
    assert await two.claim(1) == set()
    before = await (await connection.execute("select a::text from interlock.assignments a order by 1")).fetchall()
    for number, execution in enumerate((held, due)):
        [assignment] = [item for item in (await one.ask("GET", f"/executions/{execution}/assignments"))["items"] if item["node_id"] == "work"]
        for outcome in ("completed", "released", "failed"):
            result = {"execution_id": execution, "assignment_id": assignment["id"], "attempt": 1, "outcome": outcome}
            result |= {"error": {"code": "x", "message": "x"}} if outcome == "failed" else {}
            request = 10 * number + ("completed", "released", "failed").index(outcome) + 2
            answer = await two.ask("POST", "/assignments/complete", worker_id=two.worker, request=request, results=[result])
            assert [each["answer"] for each in answer["answers"]] == ["IL001"]
    assert await (await connection.execute("select a::text from interlock.assignments a order by 1")).fetchall() == before


async def test_a_worker_of_another_workspace_can_be_neither_used_nor_stopped(teams: tuple[Team, Team], connection: psycopg.AsyncConnection) -> None:
    one, two = teams
    await one.ask("POST", "/workflows", definition=_definition())
    await one.run()
    await one.claim(1)
    before = await (await connection.execute("select w::text from interlock.workers w")).fetchall()
    for path, more in (("heartbeat", {}), ("stop", {}), ("complete", {"request": 2, "results": [_nothing()]})):
        answer = await two.client.post(f"/api/v1/assignments/{path}", json={"worker_id": one.worker, **more})
        assert (answer.status_code, answer.json()["code"]) == (404, "IL010"), path
    assert await (await connection.execute("select w::text from interlock.workers w")).fetchall() == before


def _nothing() -> dict[str, Any]:
    return {"execution_id": str(uuid4()), "assignment_id": str(uuid4()), "attempt": 1, "outcome": "completed"}


@pytest.mark.parametrize("key", [LOCK, "#1:shared", "#2:shared", "#shared", ":", "# 1:x"])
async def test_a_lock_of_one_text_is_held_in_each_workspace_by_its_own(teams: tuple[Team, Team], key: str) -> None:
    """By visits. Also a text that looks like the key under which another workspace stores one."""
    for team in teams:
        await team.ask("POST", "/workflows", definition=_definition(lock=key))
    for team in teams:
        first, second = await team.run(), await team.run()
        assert await team.claim(1) == {first}
        [reason] = [each for each in await team.reasons(second) if each["node_id"] == "work"]
        assert reason["reason"] == "lock_held"
        assert (reason["details"]["lock"], first in reason["message"]) == (key, True)
        assert len((await team.ask("GET", f"/executions/{second}/explain"))["reasons"]) == len([reason])


async def test_a_lock_of_an_execution_and_one_by_hand_block_nobody_elsewhere(teams: tuple[Team, Team], api: Api) -> None:
    one, two = teams
    plane = Plane(api.services.pool)
    for team in teams:
        await team.ask("POST", "/workflows", definition=_definition(whole=LOCK))
    holder, free = await one.run(), await two.run()
    await plane.control.tick()
    assert await one.claim(1) == {holder}
    assert await two.claim(1) == {free}
    for team in teams:
        assert await _by_hand(api, team, "has_workflow_lock", LOCK) is True
        assert await _by_hand(api, team, "acquire_workflow_lock", f"{LOCK} by hand", "somebody") is True
        assert await _by_hand(api, team, "acquire_workflow_lock", f"{LOCK} by hand", "another one") is False
    waiting = await one.run()
    assert holder in (await one.reasons(waiting))[0]["message"]
    await two.ask("POST", f"/executions/{free}/cancel")
    await plane.control.tick()
    assert await one.claim(2) == set(), "a lock that is free in another workspace begins no visit here"
    await one.ask("POST", f"/executions/{holder}/cancel")
    await plane.control.tick()
    assert await one.claim(3) == {waiting}


async def _by_hand(api: Api, team: Team, function: str, *given: str) -> Any:
    """Calls a function of locks as a program of the team does."""
    statement = sql.SQL("select interlock.{}({})").format(sql.Identifier(function), sql.SQL(", ").join(sql.Placeholder() * len(given)))
    async with api.services.pool.connection() as connection, connection.transaction():
        await connection.execute("select set_config('interlock.workspace', %s, true)", (str(team.workspace_id),))
        row = await (await connection.execute(statement, given)).fetchone()
    assert row is not None
    return row[0]


async def test_every_list_ends_with_what_is_of_the_own_workspace(api: Api, connection: psycopg.AsyncConnection) -> None:
    """Page by page, and without a page that is emptier than it says: nothing of another workspace is counted and then left out."""
    async with arena_of(api, connection) as arena:
        for world in (arena.own, arena.victim):
            client = await api.client(Role.ADMIN, world.workspace_id)
            for name, path in LISTS.items():
                path = path.format(work=world.places[0]["workflow_id"])  # noqa: PLW2901
                whole = await _pages(client, path, 200)
                by_two = await _pages(client, path, 2)
                assert [_id(item) for page in by_two for item in page] == [_id(item) for item in whole[0]], name
                assert len(whole) == 1, name
                assert [len(page) for page in by_two[:-1]] == [2] * (len(by_two) - 1), name
                assert len(by_two[-1]) in {1, 2}, name


def _id(item: Mapping[str, Any]) -> Any:
    return item.get("id", item.get("version"))


async def _pages(client: httpx.AsyncClient, path: str, limit: int) -> list[list[Any]]:
    pages, cursor = [], ""
    while True:
        answer = (await client.get(f"/api/v1{path}?limit={limit}{cursor}")).json()
        pages.append(answer["items"])
        if answer["next_cursor"] is None:
            return pages
        cursor = f"&cursor={answer['next_cursor']}"
