"""The PostgreSQL servers that the tests run on, and fresh databases on them."""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from interlock.embedded import Server

SYSTEM_15: Final = Path("/usr/lib/postgresql/15/bin")
_MEMORY: Final = Path("/dev/shm")
_ROOM_BYTES: Final = 4 * 1024**3
_TEMPLATE: Final = "interlock_template"
ResultT = TypeVar("ResultT")


def run_apart(make: Callable[[], Coroutine[Any, Any, ResultT]]) -> ResultT:
    """Run a coroutine to its end in a thread of its own, and return its result: fixtures of the session have no event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(make())).result()


def server_names() -> list[str]:
    """What there is to test on: DATABASE_URL alone where it is set, else the embedded server, and 15 where Debian's binaries are found."""
    if os.environ.get("DATABASE_URL"):
        return ["DATABASE_URL"]
    found = ["embedded", *(["postgres15"] if SYSTEM_15.is_dir() else [])]
    wanted = os.environ.get("INTERLOCK_TEST_POSTGRES")
    return [name for name in found if wanted in {None, name}]


def _has_memory() -> bool:
    """Whether there is a folder in memory with room to spare: making a server's files there takes a tenth of the time."""
    return _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the user who runs PostgreSQL can pass through; pytest's own is closed to that user when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="interlock-", dir=_MEMORY if _has_memory() else None))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class TestServer:
    """One server for the whole session, with a migrated template database that tests get copies of."""

    __test__ = False

    def __init__(self, name: str, admin_url: str) -> None:
        self.name = name
        self._admin_url = admin_url
        self._numbers = itertools.count(1)
        self._has_template = False

    def url(self, database: str) -> str:
        """The URL of a database on this server."""
        parts = {**conninfo_to_dict(self._admin_url), "dbname": database}
        rest = {key: str(value) for key, value in parts.items() if key not in {"user", "password", "dbname"} and value is not None}
        query = "&".join(f"{key}={quote(value, safe='/')}" for key, value in rest.items())
        return f"postgresql://{quote(str(parts.get('user', '')))}:{quote(str(parts.get('password', '')))}@/{database}?{query}"

    @contextmanager
    def fresh_database(self, *, migrated: bool) -> Iterator[str]:
        """The URL of a new database, dropped afterwards with whoever is still connected."""
        if migrated:
            self._make_template()
        name = f"interlock_test_{os.getpid()}_{next(self._numbers)}"
        self._create(name, _TEMPLATE if migrated else "template0")
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _make_template(self) -> None:
        """Once a session."""
        if self._has_template:
            return
        from interlock.controlplane import migrate

        self._drop(_TEMPLATE)
        self._create(_TEMPLATE, "template0")
        run_apart(lambda: migrate(self.url(_TEMPLATE)))
        self._has_template = True

    def _create(self, name: str, template: str) -> None:
        self._execute(sql.SQL("create database {} template {} strategy file_copy").format(sql.Identifier(name), sql.Identifier(template)))

    def _drop(self, name: str) -> None:
        self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_server(name: str) -> Iterator[TestServer]:
    """Start the server called `name` in `server_names`. What costs time and is tested elsewhere is left out: nothing is written through to the disk,
    and the thousands of connections that tests open do not each work off thousands of rounds of hashing.
    """
    if name == "DATABASE_URL":
        yield TestServer(name, os.environ["DATABASE_URL"])
        return
    with temporary_folder() as folder:
        server = Server(folder / "data", binaries=SYSTEM_15 if name == "postgres15" else None)
        run_apart(server.start)
        try:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("alter system set fsync = off")
                connection.execute("select pg_reload_conf()")
                if connection.info.server_version >= 160_000:
                    connection.execute("set scram_iterations = 1")
                    connection.execute(sql.SQL("alter role current_user password {}").format(connection.info.password))
            yield TestServer(name, server.url)
        finally:
            run_apart(server.stop)
