"""What must hold at the end, when all users have what they waited for and everything is stopped."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.insight.end_listener import LEASE_SECONDS as LONGEST_LEASE_SECONDS
from tests.model.database import Database
from tests.soak.load import Ledger
from tests.soak.outside import World

Row = dict[str, Any]
DRAIN_SECONDS: Final = 60.0
ORDER_VISITS: Final = Counter(
    {"round": 2, "again": 2}
    | dict.fromkeys(("begin", "greet", "weigh", "measure", "breathe", "once", "pay", "ask", "pause", "together", "route", "sum_up", "finish"), 1)
)
LEFT_BEHIND: Final[Mapping[str, LiteralString]] = {
    "executions that have not ended": "select count(*) from interlock.executions where ended_at is null",
    "visits that have not ended": "select count(*) from interlock.assignments where ended_at is null",
    "times that something is due": "select count(*) from interlock.timers",
    "unsettled executions": "select count(*) from interlock.executions where unsettled",
    "locks": "select count(*) from interlock.locks",
    "workers that count as alive": "select count(*) from interlock.workers where status = 'alive'",
    "exchanges of workers that are gone": "select count(*) from interlock.exchanges",
    "visits taken from workers that are gone": "select count(*) from interlock.revocations",
    "listeners": "select count(*) from interlock.listeners",
    "tokens on their way": """select count(*) from interlock.tokens t join interlock.assignments a
        on a.execution_id = t.execution_id and a.node_no = t.join_node and a.visit = t.visit and a.version_id =
           (select e.version_id from interlock.executions e where e.id = t.execution_id) where a.ended_at is null""",
    "sessions of Interlock": "select count(*) from pg_stat_activity where application_name like 'interlock%' and pid <> pg_backend_pid()",
    "prepared transactions": "select count(*) from pg_prepared_xacts",
}
TABLES: Final = ("executions", "assignments", "tokens", "assignment_attempts", "workers", "exchanges", "listeners", "audit_log")


@dataclass(slots=True)
class Proof:
    statuses: Counter[str] = field(default_factory=Counter)
    visits: int = 0
    losses: int = 0
    failed_attempts: int = 0
    effects: int = 0
    repeats: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    database_bytes: int = 0
    left: dict[str, int] = field(default_factory=dict)


async def until_ended(pool: AsyncConnectionPool[Any]) -> bool:
    """Waits until all executions have ended; returns false if they do not."""
    for _ in range(int(DRAIN_SECONDS / 0.2)):
        if not await _value(pool, "select count(*) from interlock.executions where ended_at is null"):
            return True
        await asyncio.sleep(0.2)
    return False


async def prove(pool: AsyncConnectionPool[Any], world: World, ledger: Ledger) -> Proof:
    """Compares what is in the database and outside with what users did; what is wrong is noted in the ledger."""
    proof = Proof()
    executions = await _rows(pool, "select id, workflow, status, input, output, error, idempotency_key from interlock.execution_details")
    _check_executions(executions, ledger)
    proof.statuses = Counter(row["status"] for row in executions)
    database = Database(pool)
    ids = [str(row["id"]) for row in executions]
    for begin in range(0, len(ids), 500):
        for violation in await database.violations(ids[begin : begin + 500], are_retries=True):
            ledger.note(f"violation: {violation}")
    visits = await _rows(
        pool,
        """select a.execution_id, n.node_id, a.visit, a.status, a.loss_count, a.attempt,
                  a.execution_id || ':' || n.node_id || ':' || a.visit as key
           from interlock.assignments a join interlock.nodes n using (version_id, node_no)""",
    )
    proof.visits = len(visits)
    proof.losses = sum(visit["loss_count"] for visit in visits)
    proof.failed_attempts = await _value(pool, "select count(*) from interlock.assignment_attempts where outcome = 'failed'")
    orders = {row["id"]: row for row in executions if row["workflow"] == "Order"}
    _check_visits(orders, visits, ledger)
    await _check_effects(orders, visits, world, ledger, proof)
    return proof


async def look_behind(pool: AsyncConnectionPool[Any], proof: Proof, ledger: Ledger) -> None:
    """After everything is stopped, and the leases of what was killed have run out: nothing is left that waits for somebody."""
    plane = ControlPlane(pool)
    async with pool.connection() as connection:
        await connection.execute("insert into interlock.test_clock (shift) values (make_interval(secs => %s))", [LONGEST_LEASE_SECONDS + 1])
    while sum((await plane.tick()).moved.values()):
        pass
    this = uuid4()
    await plane.register_listener(this, "soak", 1)  # forgets those whose lease has run out
    await plane.remove_listener(this)
    for name, query in LEFT_BEHIND.items():
        proof.left[name] = await _value(pool, query)
        if proof.left[name]:
            ledger.note(f"left behind: {proof.left[name]} {name}")
    for table in TABLES:
        [row] = await _rows(pool, f"select count(*) as n from interlock.{table}")
        proof.rows[table] = row["n"]
    proof.database_bytes = await _value(pool, "select pg_database_size(current_database())")


def _check_executions(rows: Sequence[Row], ledger: Ledger) -> None:
    """Each start and each retry gave one execution, which ended as it had to; there is no other one."""
    found = {row["id"]: row for row in rows if not (row["idempotency_key"] or "").startswith("Full ")}
    for lost in ledger.expected.keys() - found.keys():
        ledger.note(f"lost: {lost} was started, and is not there")
    for other in found.keys() - ledger.expected.keys():
        ledger.note(f"{other} ({found[other]['workflow']}, {found[other]['idempotency_key']}) was started by nobody")
    for execution, status in ledger.expected.items():
        row = found.get(execution)
        if row is not None and row["status"] != status:
            ledger.note(f"{execution} of {row['workflow']} is {row['status']}, not {status}: {row['error']}")


def _check_visits(orders: Mapping[UUID, Row], visits: Sequence[Row], ledger: Ledger) -> None:
    """No visit is lost or there twice."""
    found: dict[UUID, Counter[str]] = {execution: Counter() for execution in orders}
    for visit in visits:
        if visit["execution_id"] in found:
            found[visit["execution_id"]][visit["node_id"]] += 1
    for execution, counted in found.items():
        kind = "even" if orders[execution]["input"]["n"] % 2 == 0 else "odd"
        if orders[execution]["status"] == "completed" and counted != ORDER_VISITS + Counter([kind]):
            ledger.note(f"visits of {execution}: {dict(counted)}")


async def _check_effects(orders: Mapping[UUID, Row], visits: Sequence[Row], world: World, ledger: Ledger, proof: Proof) -> None:
    """At least once a visit, and at most once more for each failed attempt and each loss; exactly once where the key is used.

    What an order says of them is true.
    """
    logged = Counter(key for (key,) in await world.rows("select key from log"))
    once = {key: (str(nonce), times) for key, nonce, times in await world.rows("select key, nonce, times from once")}
    proof.effects = sum(logged.values()) + sum(world.paid.values())
    proof.repeats = sum(times - 1 for _, times in once.values())
    for visit in visits:
        if visit["status"] != "completed" or visit["execution_id"] not in orders:
            continue
        key, most = visit["key"], visit["attempt"] + visit["loss_count"]
        output = orders[visit["execution_id"]]["output"] or {}
        if visit["node_id"] == "greet" and not 1 <= logged[key] <= most:
            ledger.note(f"{logged[key]} effects of {key}, which was lost {visit['loss_count']} times")
        if visit["node_id"] == "once" and (key not in once or once[key][0] != output.get("once") or once[key][1] > most):
            ledger.note(f"the row of {key} is {once.get(key)}, and the order has {output.get('once')}")
        if visit["node_id"] == "pay" and (output.get("paid") != key or not 1 <= world.paid[key] <= most):
            ledger.note(f"{key} has paid {world.paid[key]} times and has the receipt {output.get('paid')}")


async def _rows(pool: AsyncConnectionPool[Any], query: LiteralString) -> list[Row]:
    async with pool.connection() as connection:
        found: list[Row] = await (await connection.cursor(row_factory=dict_row).execute(query)).fetchall()
        return found


async def _value(pool: AsyncConnectionPool[Any], query: LiteralString) -> int:
    [row] = await _rows(pool, query)
    return int(next(iter(row.values())))
