"""What a workspace is answered about itself does not depend on what happens in another one: counts, findings, metrics, pages, what a worker gets."""

import re
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest

from interlock.api.operations import OPERATIONS, Operation
from tests.api.isolation.arena import SETTINGS, Arena, arena_of
from tests.api.isolation.attacks import fields_of
from tests.api.isolation.faces import TRIES, Caller, Face, Reply
from tests.api.isolation.rules import RULES
from tests.api.isolation.texts import labelled, secrets_in
from tests.api.isolation.twins import ATTACKER
from tests.api.serving import Api

MOVING: Final = re.compile(r"-?\d+\.\d+(e[+-]\d+)?|[\d,]+ MiB are left")
"""Seconds that something has waited, and the disk, which the first workspace sees."""
OUTSIDE: Final = ("/metrics", "/healthz", "/readyz", "/openapi.json")
"""What is no operation."""
OWN_QUEUE: Final = f"{ATTACKER}-queue"


def asks_for_all(operation: Operation) -> bool:
    """Whether it can be asked without naming anything, and changes nothing."""
    return operation.method == "GET" and not any(field.is_required for field in fields_of(operation.request))


@pytest.mark.parametrize("face", ["rest", "grpc"])
@pytest.mark.parametrize("setting", SETTINGS[:2])
async def test_answers_about_oneself_stay_the_same_while_another_workspace_grows(
    api: Api, connection: psycopg.AsyncConnection, setting: str, face: str
) -> None:
    async with arena_of(api, connection, setting) as arena:
        await _answers(arena, face)  # keys and sessions are used for the first time
        before = await _answers(arena, face)
        assert len(before) > 40
        await _grow(arena, connection)
        after = await _answers(arena, face)
        assert {asked: (before[asked], after[asked]) for asked in before if before[asked] != after[asked]} == {}


async def _answers(arena: Arena, face: str) -> dict[tuple[str, str], str]:
    """What each role is answered to each operation that asks for everything, and to what a worker asks."""
    found = {}
    for caller in arena.callers[:2] + arena.callers[2::2]:  # the guest by session and by key, of each role one
        for operation in OPERATIONS.values():
            rule = RULES[operation.name]
            if not asks_for_all(operation) or (rule.names_workspaces and (caller.is_guest or caller.administers)):
                continue
            reply = await _checked(arena.rest if face == "rest" else arena.grpc, operation, caller)
            found[operation.name, caller.name] = _still(reply.text)
        for path in OUTSIDE if face == "rest" and not caller.administers else ():
            reply = await arena.rest.get(path, caller)
            found[path, caller.name] = _still(reply.text)
            assert secrets_in(arena.secrets | arena.names, without_numbers(reply.text)) == [], (path, caller.name)
    worker = arena.callers[0].worker
    for number in (2, 3):
        claim = {"worker_id": worker, "request": (len(found) + number) * 10, "queues": [f"{ATTACKER}-nothing"], "limit": 10, "lease_seconds": 86_400}
        reply = await arena.rest.ask(OPERATIONS["claim_assignments"], arena.callers[0], claim)
        found["claim_assignments", str(number)] = reply.text  # with the time when more is due
    return found


async def _checked(face: Face, operation: Operation, caller: Caller) -> Reply:
    """Asks until every check of the doctor could be made: on a busy machine one may take too long."""
    reply = await face.ask(operation, caller, {})
    for _ in range(TRIES):
        if "not checked" not in reply.text:
            break
        reply = await face.ask(operation, caller, {})
    return reply


async def _grow(arena: Arena, connection: psycopg.AsyncConnection) -> None:
    """The victim does a bit of everything, in queues and under locks with the names that the attackers use."""

    async def ask(name: str, /, **request: Any) -> None:
        reply = await arena.rest.ask(OPERATIONS[name], arena.victim_admin, request)
        assert reply.code == "ok", (name, reply.text)

    for number in range(3):
        await ask("create_workflow", definition=_definition(f"grown {number}", OWN_QUEUE if number else "default"))
        for _ in range(5):
            await ask("run_workflow", workflow=f"grown {number}", input={"lock": "same"}, subject="zqbattle subject")
    worker = str(uuid4())
    for request in range(1, 4):
        await ask(
            "claim_assignments",
            worker_id=worker,
            request=request,
            worker_name="zqbattle worker",
            queues=[OWN_QUEUE, "default"],
            limit=2,
            lease_seconds=5,
        )
    await ask("create_user", email="grown@example.com", name="Grown", role="viewer")
    await ask("create_api_key", name="grown")
    await ask("create_credential", name="grown", kind="bearer", fields={"token": "a-grown-token"}, allowed_hosts=["example.com"])
    await connection.execute("update interlock.workers set heartbeat_at = heartbeat_at - interval '1 hour' where id = %s", (worker,))
    await connection.execute(
        """update interlock.assignments a set due_at = a.due_at - interval '1 hour' from interlock.executions e
           where e.id = a.execution_id and e.workspace_id = %s and a.status = 'pending' and a.due_at < now()""",
        (arena.victim.workspace_id,),
    )


def _definition(name: str, queue: str) -> dict[str, Any]:
    return {
        "name": name,
        "tags": [f"{ATTACKER}-tag"],
        "nodes": [
            {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
            {"id": "work", "type": "ACTION_NODE", "subtype": "TRANSFORM", "queue": queue, "parameters": {"values": {}}},
            {"id": "held", "type": "ACTION_NODE", "subtype": "TRANSFORM", "queue": queue, "lock": f"{ATTACKER}-lock", "parameters": {"values": {}}},
            {"id": "wait", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 1}},
            {"id": "fail", "type": "FLOW_NODE", "subtype": "FAIL", "parameters": {"message": "grown"}},
        ],
        "connections": [{"from": "begin", "to": node} for node in ("work", "held", "wait")]
        + ([{"from": "begin", "to": "fail"}] if "2" in name else []),
    }


def without_numbers(text: str) -> str:
    return MOVING.sub("<number>", text)


def _still(text: str) -> str:
    """Without what time moves, and without what the process counts of its own requests."""
    lines = [line for line in labelled(text).splitlines() if "interlock_api_" not in line and "interlock_worker_heartbeat" not in line]
    return without_numbers("\n".join(lines))
