"""A PgBouncer that a test pauses, stops and sends to another server."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.worker.pgbouncer import find_pgbouncer, until_listening

_SETTINGS = """
[databases]
pooled = host=127.0.0.1 port={port} dbname={dbname} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
admin_users = {user}
pool_mode = transaction
default_pool_size = 5
server_login_retry = 1
server_check_delay = 0
logfile = {folder}/pgbouncer.log
"""


class Pooler:
    """A running PgBouncer in transaction mode."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._target: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._url("pooled")

    def lead_to(self, url: str) -> None:
        """Writes into its settings where it leads; `command` makes it read them."""
        self._target = dict(conninfo_to_dict(url))
        settings = self._folder / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(**self._target, listen_port=self._port, folder=self._folder))
        settings.chmod(0o644)

    async def start(self) -> None:
        program = find_pgbouncer()
        user = "nobody" if os.geteuid() == 0 else None
        self._process = subprocess.Popen([program, "-q", str(self._folder / "pgbouncer.ini")], user=user, stderr=subprocess.DEVNULL)
        await until_listening(self._port)

    def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    async def command(self, *words: str) -> None:
        """Says something to its console: `reload`, `pause pooled`, `resume pooled`."""
        async with await psycopg.AsyncConnection.connect(self._url("pgbouncer"), autocommit=True) as console:
            for word in words:
                console.pgconn.exec_(word.encode())

    def _url(self, database: str) -> str:
        return make_conninfo(
            "", host="127.0.0.1", port=self._port, dbname=database, user=self._target["user"], sslmode="disable", gssencmode="disable"
        )


@asynccontextmanager
async def running_pooler(url: str) -> AsyncIterator[Pooler]:
    """A PgBouncer that leads to `url`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        pooler = Pooler(folder, port)
        pooler.lead_to(url)
        await pooler.start()
        try:
            yield pooler
        finally:
            pooler.stop()
            await asyncio.sleep(0)
