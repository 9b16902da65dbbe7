"""Fixtures of the crash tests, and the table of kill points that they print."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane, migrate
from interlock.embedded import Server
from tests.crashes import workload
from tests.crashes.modes import USUAL, WorkerMode
from tests.crashes.processes import Workers, workers
from tests.crashes.proof import Proof
from tests.servers import TestServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    what: str
    point: str
    proof: Proof


_KILLED: Final = pytest.StashKey[list[Killed]]()
Note = Callable[[str, str, Proof], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_KILLED] = []


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Note:
    """Adds a line to the table: what was killed, where, and what was found."""

    def add(what: str, point: str, proof: Proof) -> None:
        pytestconfig.stash.setdefault(_KILLED, []).append(Killed(what=what, point=point, proof=proof))

    return add


@pytest.fixture
def world_url(server: TestServer) -> Iterator[str]:
    """The database outside, on a server that lives on."""
    user = "interlock_test_world"
    with server.fresh_database(migrated=False) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"drop role if exists {user}")
            admin.execute(f"create role {user} login password 'pa55word'")
            admin.execute(f"grant create on schema public to {user}")
        yield make_conninfo(url, user=user, password="pa55word")
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", [user])
            admin.execute(f"drop owned by {user}")
            admin.execute(f"drop role {user}")


@pytest.fixture
async def world(world_url: str) -> str:
    await workload.make_world(world_url)
    return world_url


@pytest.fixture
def mode() -> WorkerMode:
    """The usual one; tests that are played in several have a parameter of this name."""
    return USUAL


@pytest.fixture
async def pool(database_url: str, mode: WorkerMode) -> AsyncIterator[AsyncConnectionPool[Any]]:
    await mode.prepare(database_url)
    async with AsyncConnectionPool[Any](database_url, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}) as opened:
        yield opened


@pytest.fixture
async def control(pool: AsyncConnectionPool[Any]) -> ControlPlane:
    """The control plane, with the workload deployed."""
    control = ControlPlane(pool)
    await workload.deploy(control)
    return control


@pytest.fixture
def crew(tmp_path: Path, database_url: str, world: str, mode: WorkerMode) -> Iterator[Workers]:
    """Starts workers of the test's database."""
    with workers(tmp_path, database_url, world, mode) as opened:
        yield opened


@pytest.fixture
async def mortal_pool(private_server: Server, mode: WorkerMode) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """Connections to the server that is killed. The pool hands out none that died with it."""
    await migrate(private_server.url)
    await mode.prepare(private_server.url)
    async with AsyncConnectionPool(
        private_server.url, min_size=0, max_size=4, open=False, kwargs={"autocommit": True}, check=AsyncConnectionPool.check_connection
    ) as opened:
        yield opened


@pytest.fixture
async def mortal_control(mortal_pool: AsyncConnectionPool[Any]) -> ControlPlane:
    control = ControlPlane(mortal_pool)
    await workload.deploy(control)
    return control


@pytest.fixture
def mortal_crew(tmp_path: Path, private_server: Server, world: str, mode: WorkerMode) -> Iterator[Workers]:
    with workers(tmp_path, private_server.url, world, mode) as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    killed = config.stash.get(_KILLED, [])
    if not killed:
        return
    terminalreporter.section("kill points")
    head = ("killed", "at", "executions", "visits", "losses", "failed attempts", "effects", "most for one visit", "repeats with a key", "")
    terminalreporter.line("| " + " | ".join(head[:-1]) + " | result |")
    terminalreporter.line("|" + " --- |" * len(head))
    for one in killed:
        proof = one.proof
        counted = (proof.executions, proof.visits, proof.losses, proof.failed_attempts, proof.effects, proof.most_effects, proof.repeats)
        terminalreporter.line(f"| {one.what} | {one.point} | {' | '.join(map(str, counted))} | each once |")
