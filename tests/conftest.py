"""Fixtures for every test: servers, fresh databases, connections."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.embedded import Server
from tests.servers import TestServer, run_apart, running_server, server_names, temporary_folder

os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "false"  # tests start programs beside gRPC's threads; its handlers of fork crash some of them
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what goes on behind it deaf to Ctrl-C; the programs of tests are to hear it

Connect = Callable[[], Awaitable[psycopg.AsyncConnection]]

_ON_EVERY_SERVER = Path(__file__).parent / "controlplane"
_IN_A_BROWSER = Path(__file__).parent / "browser"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The control plane is tested on every server that is found, all else on the first."""
    if "server" in metafunc.fixturenames:
        names = server_names()
        chosen = names if metafunc.definition.path.is_relative_to(_ON_EVERY_SERVER) else names[:1]
        metafunc.parametrize("server", chosen, indirect=True, scope="session", ids=chosen if len(names) > 1 else None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives a browser comes last: Playwright leaves an event loop running, beside which no other can."""
    items.sort(key=lambda item: item.path.is_relative_to(_IN_A_BROWSER))


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[TestServer]:
    """A PostgreSQL for the whole session."""
    with running_server(request.param) as running:
        yield running


@pytest.fixture
def database_url(server: TestServer) -> Iterator[str]:
    """A fresh, migrated database."""
    with server.fresh_database(migrated=True) as url:
        yield url


@pytest.fixture
def empty_database_url(server: TestServer) -> Iterator[str]:
    """A fresh database with nothing in it."""
    with server.fresh_database(migrated=False) as url:
        yield url


@pytest.fixture
async def connect(database_url: str) -> AsyncIterator[Connect]:
    """Opens any number of connections (autocommit) to the test's database; all are closed after the test."""
    opened: list[psycopg.AsyncConnection] = []

    async def open_one() -> psycopg.AsyncConnection:
        opened.append(await psycopg.AsyncConnection.connect(database_url, autocommit=True))
        return opened[-1]

    yield open_one
    for one in opened:
        await one.close()


@pytest.fixture
async def connection(connect: Connect) -> psycopg.AsyncConnection:
    """One connection (autocommit) to the test's database."""
    return await connect()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[AsyncConnectionPool]:
    """A pool of up to 8 autocommit connections to the test's database."""
    async with AsyncConnectionPool(database_url, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}) as opened:
        yield opened


@pytest.fixture(scope="session")
def made_folder() -> Iterator[Path]:
    """The folder of an embedded server that was started once: making the data takes most of a first start."""
    with temporary_folder() as folder:
        server = Server(folder / "data")
        run_apart(server.start)
        run_apart(server.stop)
        yield folder / "data"


@pytest.fixture
def data_folder(made_folder: Path) -> Iterator[Path]:
    """The data folder of an embedded server of the test's own, which does not run yet."""
    with temporary_folder() as folder:
        subprocess.run(["cp", "-a", made_folder, folder / "data"], check=True)
        yield folder / "data"


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """Where an embedded server of the test's own can make its data."""
    with temporary_folder() as folder:
        yield folder / "data"


@pytest.fixture
async def private_server(data_folder: Path) -> AsyncIterator[Server]:
    """An embedded server of the test's own, to be killed; its database is empty."""
    async with Server(data_folder) as running:
        yield running
