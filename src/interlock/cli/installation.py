"""What `interlock up` starts and keeps running: a database, an API process and workers."""

import asyncio
import os
import shlex
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg_pool import PoolTimeout
from rich.markup import escape
from rich.text import Text

from interlock.backoff import Backoff
from interlock.cli.connection import DatabaseChoice, shown_address, wait_for_database
from interlock.cli.encryption_key import own_key_file
from interlock.cli.listening import shown_url, warn_if_open
from interlock.cli.logs import LogStyle
from interlock.cli.output import Output
from interlock.cli.supervisor import LOGGER, ChildCommand, Supervisor, child_environment
from interlock.controlplane import migrate, open_pool
from interlock.embedded import DatabaseSource, EmbeddedServerError
from interlock.errors import InterlockError
from interlock.stop_signals import stopping_on_signals

if TYPE_CHECKING:
    from interlock.api.auth.first_admin import OneTimePassword

WATCH_SERVER_SECONDS: Final = 1.0
LONGEST_WATCH_SECONDS: Final = 4.0
"""The longest pause between two tries to start the server again."""
LOG_SECONDS: Final = 60.0
"""How often it is logged that the server cannot be started: the log may be on the disk that is full."""
API_END_SECONDS: Final = 20.0
SLOW_START_SECONDS: Final = 15.0
FIRST_PROBE_SECONDS: Final = 0.05
LONGEST_PROBE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What `interlock up` is to run; its ports are free ones."""

    database: DatabaseChoice
    host: str
    port: int
    grpc_port: int | None
    public_url: str | None
    workers: int
    queues: Mapping[str, int]
    lease_seconds: int
    log: LogStyle

    @property
    def address(self) -> str:
        return shown_url(self.host, self.port)

    @property
    def worker_names(self) -> list[str]:
        return [f"{socket.gethostname()}:{os.getpid()}-{number}" for number in range(1, self.workers + 1)]


async def serve_installation(installation: Installation, output: Output) -> None:
    """Run everything until SIGINT or SIGTERM.

    Raises:
        Problem: a process cannot start with these options.
    """
    warn_if_open(installation.host, output)
    output.note("starting…")
    async with wait_for_database(installation.database, LOGGER) as source:
        await migrate(source.url)
        supervisor = Supervisor(commands(installation), _environment(source))
        beside = [
            asyncio.create_task(_keep_server(source, supervisor)),
            asyncio.create_task(_announce_when_ready(installation, source, supervisor, output)),
        ]
        try:
            with stopping_on_signals(supervisor.stop):
                await supervisor.run()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
    output.note("ended")


def commands(installation: Installation) -> list[ChildCommand]:
    """Returns the commands of the API process and of the workers, as a person would write them."""
    log = ["--log", str(installation.log)]
    api = ["api", "--host", installation.host, "--port", str(installation.port), *log]
    if installation.grpc_port is not None:
        api += ["--grpc-port", str(installation.grpc_port)]
    if installation.public_url is not None:
        api += ["--public-url", installation.public_url]
    queues = [part for name, limit in installation.queues.items() for part in ("--queue", f"{name}={limit}")]
    return [
        ChildCommand(name="api", arguments=api, end_seconds=API_END_SECONDS),
        *[
            ChildCommand(name=f"worker {name}", arguments=["worker", "--name", name, "--lease", str(installation.lease_seconds), *queues, *log])
            for name in installation.worker_names
        ],
    ]


def _environment(source: DatabaseSource) -> dict[str, str]:
    key = own_key_file(source.server.data_folder, os.environ) if source.server is not None else {}
    return child_environment(source.url, key)


async def _first_admin(url: str) -> "OneTimePassword | str | None":
    """Returns the first user, if this call made one; else the email of the only user if they never signed in; else None."""
    from interlock.api.auth.first_admin import first_admin
    from interlock.controlplane.accounts import Accounts

    async with open_pool(url, limit=1) as pool:
        made = await first_admin(pool)
        if made is not None:
            return made
        people = await Accounts(pool).list_people(search=None, limit=2)
    return people[0].email if len(people) == 1 and people[0].must_change_password else None


async def _keep_server(source: DatabaseSource, supervisor: Supervisor) -> None:
    """Start our own server again whenever it was killed. The other processes reconnect by themselves; they are restarted if its address changed."""
    known, logged_at = source.url, float("-inf")
    pauses = Backoff(WATCH_SERVER_SECONDS, LONGEST_WATCH_SECONDS)
    seconds = WATCH_SERVER_SECONDS
    while source.is_embedded:
        await asyncio.sleep(seconds)
        try:
            await source.ensure_running()
        except EmbeddedServerError as error:
            seconds = pauses.next_seconds()
            if time.monotonic() - logged_at > LOG_SECONDS:
                LOGGER.error("the database server cannot be started again, and is tried until it can: %s", error)
                logged_at = time.monotonic()
            continue
        pauses.reset()
        seconds = WATCH_SERVER_SECONDS
        if source.url != known and not supervisor.is_stopping:
            known = source.url
            supervisor.replace_all(_environment(source))


async def _announce_when_ready(installation: Installation, source: DatabaseSource, supervisor: Supervisor, output: Output) -> None:
    """Show the address; make the first user and show the password. It is made as late as this, so that every password that was made is shown."""
    if not await _until_it_answers(installation.address, supervisor):
        return
    try:
        admin = await _first_admin(source.url)
    except (psycopg.Error, PoolTimeout, InterlockError) as error:
        LOGGER.error("the first user could not be made: %s; the next start tries again", error)
        admin = None
    if output.as_json:
        output.document(_document(installation, source, None if isinstance(admin, str) else admin))
    output.show(f"[green]●[/] Interlock is up: [bold]{installation.address}[/]")
    if isinstance(admin, str):
        output.show("  nobody has signed in yet; if the one-time password is lost, run:")
        output.show(Text(f"  {_reset_command(source, admin)}", style="bold", no_wrap=True, overflow="ignore"))
    elif admin is not None:
        output.show(f"  sign in as [bold]{escape(admin.email)}[/] with the one-time password [bold]{escape(admin.password.get_secret_value())}[/]")
        output.show("  [dim]it is shown only once; choose your own after signing in[/]")
    if installation.grpc_port is not None:
        output.show(f"  gRPC is served at [bold]{shown_url(installation.host, installation.grpc_port).removeprefix('http://')}[/]")
    output.note("  press Ctrl-C to stop; the log follows")


def _reset_command(source: DatabaseSource, email: str) -> str:
    where = [] if source.server is None else ["--data", str(source.server.data_folder)]
    return shlex.join(["interlock", "users", "reset-password", email, *where])


def _document(installation: Installation, source: DatabaseSource, admin: "OneTimePassword | None") -> dict[str, Any]:
    return {
        "address": installation.address,
        "grpc_port": installation.grpc_port,
        "database": shown_address(source.url),
        "origin": source.origin,
        "workers": installation.worker_names,
        "queues": dict(installation.queues),
        "admin": None if admin is None else {"email": admin.email, "one_time_password": admin.password.get_secret_value()},
    }


async def _until_it_answers(address: str, supervisor: Supervisor) -> bool:
    """Wait until the API process answers; returns False when everything is stopped before."""
    import httpx

    slow_at = asyncio.get_running_loop().time() + SLOW_START_SECONDS
    pauses = Backoff(FIRST_PROBE_SECONDS, LONGEST_PROBE_SECONDS, growth=1.1, jitter=0)
    async with httpx.AsyncClient(base_url=address, timeout=2.0, trust_env=False) as http:
        while not supervisor.is_stopping:
            try:
                if (await http.get("/readyz")).is_success:
                    return True
            except httpx.TransportError:
                pass
            await asyncio.sleep(pauses.next_seconds())
            if asyncio.get_running_loop().time() > slow_at:
                LOGGER.warning("%s does not answer yet", address)
                slow_at += SLOW_START_SECONDS
    return False
