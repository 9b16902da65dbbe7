"""Two embedded servers: one takes writes, the other one receives them as its standby and can take its place."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from interlock.controlplane import migrate
from interlock.embedded import Server
from tests.embedded.processes import postmaster_of
from tests.worker.engine import until

_LAG: Final = "select pg_last_wal_replay_lsn() >= %s::pg_lsn"


class Pair:
    """A primary server and its standby."""

    def __init__(self, primary: Server, standby: Server) -> None:
        self.primary = primary
        self.standby = standby

    @property
    def url(self) -> str:
        """An address with both hosts, the primary first."""
        parts = conninfo_to_dict(self.primary.tcp_url)
        ports = [conninfo_to_dict(server.tcp_url)["port"] for server in (self.primary, self.standby)]
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        return f"postgresql://{parts['user']}:{parts['password']}@{hosts}/{parts['dbname']}"

    async def until_replayed(self) -> None:
        """Waits until the standby has all that was committed on the primary."""
        position = await ask(self.primary.url, "select pg_current_wal_lsn()::text")

        async def has_replayed() -> bool:
            return bool(await ask(self.standby.url, _LAG, position))

        await until(has_replayed)

    async def promote(self) -> None:
        """Makes the standby the primary; it takes writes on return."""
        await ask(self.standby.url, "select pg_promote()")

    async def fence(self) -> None:
        """The primary lives on with all of its connections, and takes no writes any more: those that are open have been told on return."""
        async with await psycopg.AsyncConnection.connect(self.primary.url, autocommit=True) as witness:
            await witness.execute("alter system set default_transaction_read_only = on")
            await witness.execute("select pg_reload_conf()")

            async def is_told() -> bool:
                cursor = await witness.execute("select current_setting('default_transaction_read_only')::boolean")
                return await cursor.fetchone() == (True,)

            await until(is_told)

    def kill(self) -> None:
        """The primary is gone, as after `kill -9`."""
        for pid in self._processes():
            os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """The primary answers nothing any more, and closes nothing."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def _processes(self) -> list[int]:
        """The first process of the primary, and its children."""
        try:
            first = postmaster_of(self.primary.data_folder)
        except AssertionError:
            return []
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]


@asynccontextmanager
async def running_pair(folder: Path) -> AsyncIterator[Pair]:
    """A pair whose primary has its data in `folder`, with the schema."""
    other = folder.with_name("standby")
    async with Server(folder) as made:
        await migrate(made.url)
        user, password = (conninfo_to_dict(made.url)[name] for name in ("user", "password"))
    subprocess.run(["cp", "-a", folder, other], check=True)
    (other / "port").unlink()
    async with Server(folder) as primary:
        where = f"host=127.0.0.1 port={conninfo_to_dict(primary.tcp_url)['port']} user={user} password={password}"
        (other / "postgres" / "standby.signal").touch()
        with (other / "postgres" / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = '{where}'\n")
        async with Server(other) as standby:
            pair = Pair(primary, standby)
            await pair.until_replayed()
            try:
                yield pair
            finally:
                pair.thaw()


async def ask(url: str, statement: str, *parameters: Any) -> Any:
    """Returns the first value of a statement, over a connection of its own; None if it has no rows."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode(), parameters)
        row = await cursor.fetchone() if cursor.description else None
        return None if row is None else row[0]
