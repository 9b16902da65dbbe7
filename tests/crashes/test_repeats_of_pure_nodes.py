"""Nodes without side effects run again after a crash no more often than is documented. Executors that write down each time prove it."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, LiteralString
from uuid import UUID

import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.definition import NodeTypes, WorkflowDefinition, compile_definition, definition_checksum
from interlock.embedded import Server
from interlock.nodes import NodeExecutorFactory
from tests.crashes.course import LEASE_SECONDS, finish, kill_server, let_leases_run_out, rows, until_all_ended
from tests.crashes.modes import MODES, WorkerMode
from tests.crashes.processes import DIED, KillPoint, Workers
from tests.crashes.tally import VARIABLE, Mark, Tally, install
from tests.crashes.workload import EXECUTIONS

NODES: Final[Mapping[str, str]] = {"a": "TALLY", "b": "TALLY", "c": "TALLY", "d": "MARK", "e": "TALLY", "f": "TALLY", "g": "MARK", "h": "TALLY"}
POINTS: Final = ("before_report", "after_exchange_sent", "after_reply", "before_execute", "before_ahead", "after_execute")
KILLS: Final = [KillPoint(point=point, at=at) for point in POINTS for at in (2, 5)]
SAMPLE: Final = frozenset(
    {"before_ahead:2 lean-2-ahead", "before_ahead:5 lean-1-ahead", "after_execute:2 lean-1-ahead", "after_reply:5 lean-2-ahead"}
)
AHEAD: Final = [mode for mode in MODES if mode.run_ahead and mode.is_lean]
"""The general path takes nothing that ran ahead, so there each such run is one for nothing."""


def in_each_mode(kills: Sequence[KillPoint], *, sample: frozenset[str]) -> list[Any]:
    names = [(kill, mode, f"{kill.name} {mode.name}") for kill in kills for mode in AHEAD]
    return [pytest.param(kill, mode, id=name, marks=() if name in sample else pytest.mark.full) for kill, mode, name in names]


@pytest.fixture(autouse=True)
def tally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with a line for each time that a node was executed, by workers that are started later."""
    install(tmp_path)
    file = tmp_path / "tally"
    monkeypatch.setenv(VARIABLE, str(file))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]))
    return file


async def start(control: ControlPlane) -> list[UUID]:
    ids = ["start", *NODES]
    definition = WorkflowDefinition.model_validate(
        {
            "name": "Tally",
            "nodes": [
                {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
                *({"id": node, "type": "TEST_NODE", "subtype": subtype} for node, subtype in NODES.items()),
            ],
            "connections": [{"from": before, "to": after} for before, after in pairwise(ids)],
        }
    )
    types = NodeTypes(NodeExecutorFactory([*NodeExecutorFactory.from_entry_points().executors(), Tally(), Mark()]).types())
    compiled = compile_definition(definition, types).to_json()
    await control.save_workflow(definition.name, definition.to_json(), compiled, definition_checksum(definition))
    started = await control.start_executions(definition.name, [{"input": {"n": n}} for n in range(EXECUTIONS)])
    return [one.execution_id for one in started if one.execution_id]


async def prove_repeats(pool: AsyncConnectionPool[Any], tally: Path, executions: Sequence[UUID], *, hand_backs: int = 0) -> int:
    """Checks that each node ran at least once, and once more at most for each loss of its own visit, or of one before it that it can run ahead of.

    Returns how many runs were repeats.
    """
    runs = Counter(tuple(line.split()) for line in tally.read_text().splitlines())
    ends = await rows(pool, "select id::text, status, output from interlock.execution_details order by (input ->> 'n')::integer")
    assert ends == [(str(one), "completed", {"h": {"n": n, "count": len(NODES)}}) for n, one in enumerate(executions)]
    query: LiteralString = """select a.execution_id::text, n.node_id, a.loss_count
                              from interlock.assignments a join interlock.nodes n using (version_id, node_no)"""
    losses = {(execution, node): lost for execution, node, lost in await rows(pool, query)}
    for execution in map(str, executions):
        allowed = 1 + hand_backs
        for node, subtype in NODES.items():
            if subtype == "MARK":
                allowed = 1 + hand_backs  # everything before it is committed
            allowed += losses[execution, node]
            assert 1 <= runs[execution, node] <= allowed, f"{node} ran {runs[execution, node]} times, {allowed} at most are allowed"
    return runs.total() - len(executions) * len(NODES)


@pytest.mark.parametrize(("kill", "mode"), in_each_mode(KILLS, sample=SAMPLE))
async def test_a_node_without_side_effects_runs_once_more_at_most_for_each_lost_worker(
    kill: KillPoint, mode: WorkerMode, crew: Workers, control: ControlPlane, pool: AsyncConnectionPool[Any], tally: Path
) -> None:
    executions = await start(control)
    dying = crew.start(dies=kill, lease_seconds=LEASE_SECONDS)
    assert await asyncio.to_thread(dying.wait) == DIED, dying.said
    await let_leases_run_out(control, pool, expected=1)
    await finish(crew, pool)
    repeats = await prove_repeats(pool, tally, executions)
    assert repeats > 0 or kill.point not in ("before_report", "after_execute"), "what was executed and not reported is executed again"


@pytest.mark.full
@pytest.mark.parametrize(("kill", "mode"), in_each_mode(KILLS, sample=frozenset()))
async def test_nothing_runs_again_because_the_server_was_killed(
    kill: KillPoint,
    mode: WorkerMode,
    private_server: Server,
    mortal_crew: Workers,
    mortal_control: ControlPlane,
    mortal_pool: AsyncConnectionPool[Any],
    tally: Path,
) -> None:
    """The worker outlives it, and sends again what was not answered, with what ran ahead."""
    executions = await start(mortal_control)
    worker = mortal_crew.start(halts=kill, lease_seconds=3600)
    await asyncio.to_thread(worker.wait_halted)
    await kill_server(private_server)
    worker.resume()
    await until_all_ended(mortal_pool)
    worker.ask_to_stop()
    assert await asyncio.to_thread(worker.wait) == 0, worker.said
    assert await prove_repeats(mortal_pool, tally, executions) == 0


@pytest.mark.full
@pytest.mark.parametrize("mode", AHEAD, ids=lambda mode: mode.name)
async def test_what_a_worker_handed_back_runs_once_more(
    mode: WorkerMode, crew: Workers, control: ControlPlane, pool: AsyncConnectionPool[Any], tally: Path
) -> None:
    executions = await start(control)
    worker = crew.start(halts=KillPoint(point="before_ahead", at=5), lease_seconds=3600)
    await asyncio.to_thread(worker.wait_halted)
    worker.ask_to_stop()
    worker.ask_to_stop()
    worker.resume()
    assert await asyncio.to_thread(worker.wait) == 0, worker.said
    await finish(crew, pool)
    await prove_repeats(pool, tally, executions, hand_backs=1)
