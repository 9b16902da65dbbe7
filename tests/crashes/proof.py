"""What must hold after any crash, whatever died and wherever."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from tests.crashes import workload
from tests.model.database import Database

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was counted, where everything held."""

    executions: int
    visits: int
    losses: int
    failed_attempts: int
    effects: int
    """rows that the node without a key of its own has written"""
    most_effects: int
    """of them, for one visit"""
    repeats: int
    """how often the node with an idempotency key came again and found its row"""


async def prove(pool: AsyncConnectionPool[Any], world_url: str, executions: Sequence[UUID], *, hand_backs: int = 0) -> Proof:
    """Check that every execution has one end, every checkpoint is there once, and every side effect is within its bound.

    Args:
        hand_backs: how often a worker that was told twice to stop has handed back what it had begun. That is no loss, and no row records it.

    Raises:
        AssertionError: something is lost, doubled, or not what was reported.
    """
    rows = await _rows(pool, "select id, input, status, output, error, ended_at from interlock.execution_details order by (input ->> 'n')::integer")
    assert [row["id"] for row in rows] == list(executions), "the executions are not those that were started"
    assert [(row["status"], row["error"], row["ended_at"] is not None) for row in rows] == [("completed", None, True)] * len(rows)
    assert await Database(pool).violations([str(one) for one in executions]) == []

    visits = await _rows(
        pool,
        """select a.execution_id, n.node_id, a.visit, a.status, a.attempt, a.loss_count, a.output, a.ended_at,
                  a.execution_id || ':' || n.node_id || ':' || a.visit as key,
                  (select count(*) from interlock.assignment_attempts t
                   where t.execution_id = a.execution_id and t.assignment_id = a.id and t.outcome = 'lost') as losses,
                  (select count(*) from interlock.assignment_attempts t
                   where t.execution_id = a.execution_id and t.assignment_id = a.id and t.outcome = 'failed') as failures
           from interlock.assignments a join interlock.nodes n using (version_id, node_no)""",
    )
    world = await _world(world_url)
    for row in rows:
        own = [visit for visit in visits if visit["execution_id"] == row["id"]]
        _check_visits(row["input"]["n"], own)
        _check_effects(row, {(visit["node_id"], visit["visit"]): visit for visit in own}, world, hand_backs)
    written = Counter(entry["key"] for entry in world["log"])
    return Proof(
        executions=len(rows),
        visits=len(visits),
        losses=sum(visit["losses"] for visit in visits),
        failed_attempts=sum(visit["failures"] for visit in visits),
        effects=sum(written.values()),
        most_effects=max(written.values()),
        repeats=sum(entry["times"] - 1 for entry in world["once"]),
    )


def _check_visits(n: int, visits: Sequence[Row]) -> None:
    """No checkpoint is lost or there twice, what was reported is kept, and every loss and every failure is recorded."""
    found = Counter((visit["node_id"], visit["visit"]) for visit in visits)
    assert found == Counter(workload.expected_visits(n)), f"execution {n}"
    assert {visit["status"] for visit in visits} == {"completed"}
    outputs = {(visit["node_id"], visit["visit"]): visit["output"] for visit in visits}
    for key, expected in workload.expected_outputs(n).items():
        assert outputs[key] == expected, f"output of {key}"
    for visit in visits:
        assert visit["loss_count"] == visit["losses"], f"losses of {visit['key']}"
        assert visit["attempt"] - 1 == visit["failures"] <= (visit["node_id"] == "flaky"), f"attempts of {visit['key']}"


def _check_effects(execution: Row, visits: Mapping[tuple[str, int], Row], world: Mapping[str, Sequence[Row]], hand_backs: int) -> None:
    """At least once a visit, at most once more for each loss and hand-back; exactly once where the key is used. What a visit reports is true."""
    once = visits["once", 1]
    logs: dict[str, list[UUID]] = {}
    for node in ("greet", "stamp", "log"):
        logged = visits[node, 1]
        logs[node] = [entry["nonce"] for entry in world["log"] if entry["key"] == logged["key"]]
        assert 1 <= len(logs[node]) <= 1 + logged["losses"] + hand_backs, f"{len(logs[node])} effects of {node} with {logged['losses']} losses"
        assert logged["output"]["rows"][0]["nonce"] in map(str, logs[node])
    [entry] = [entry for entry in world["once"] if entry["key"] == once["key"]]
    assert 1 <= entry["times"] <= 1 + once["losses"] + hand_backs
    said = execution["output"]
    n = execution["input"]["n"]
    assert said == {
        "n": n,
        "rounds": max(number for node, number in visits if node == "round"),
        "kind": "low" if ("low", 1) in visits else "high",
        "once": str(entry["nonce"]),
        "log": said["log"],
        "said": "tried",
    }
    assert visits["after", 1]["output"] == {"stamp": visits["stamp", 1]["output"]["rows"][0]["nonce"]}
    assert said["log"] == visits["log", 1]["output"]["rows"][0]["nonce"]
    assert once["output"]["rows"] == [{"nonce": str(entry["nonce"])}]


async def _world(url: str) -> Mapping[str, Sequence[Row]]:
    async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as connection:
        return {
            "once": await (await connection.execute("select * from once")).fetchall(),
            "log": await (await connection.execute("select * from log")).fetchall(),
        }


async def _rows(pool: AsyncConnectionPool[Any], query: LiteralString) -> list[Row]:
    async with pool.connection() as connection:
        found: list[Row] = await (await connection.cursor(row_factory=dict_row).execute(query)).fetchall()
        return found
