"""`make soak`: a mixed load for a long time, while everything breaks that can. Prints a table; the exit code says whether all was well.

The disk that fills up is a small one that only this program sees: it runs the rest of itself in a mount namespace of its own.
"""

import argparse
import asyncio
import os
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any, Final

from psycopg_pool import AsyncConnectionPool

from interlock.client import Client
from interlock.controlplane import open_pool
from tests.days.namespaces import UNSHARE, small_disk
from tests.servers import temporary_folder
from tests.soak.load import PATIENCE_SECONDS, Ledger, Users, definitions
from tests.soak.memory import Samples, own_bytes
from tests.soak.place import Place, running_place
from tests.soak.proof import Proof, look_behind, prove, until_ended
from tests.soak.report import Run, print_report
from tests.soak.troubles import Troubles

DISK_MEBIBYTES: Final = 1200
SAMPLE_SECONDS: Final = 0.5
NOT_OURS: Final = ("DATABASE_URL", "SUPABASE_DB_URL", "INTERLOCK_URL", "INTERLOCK_API_KEY", "INTERLOCK_CHAOS")


def main() -> int:
    options = _options()
    for name in NOT_OURS:
        os.environ.pop(name, None)
    if options.folder is None:
        with temporary_folder() as folder:
            return _run_apart(folder)
    result = asyncio.run(run(options.folder, options))
    print_report(result)
    return 0 if result.is_good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800, help="How long the load lasts.")
    parser.add_argument("--users", type=int, default=12, help="How many users there are at a time.")
    parser.add_argument("--rest", type=float, default=0.5, help="How many seconds a user rests between two things.")
    parser.add_argument("--seed", type=int, default=2026, help="Chooses what users do and what is killed.")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--disk", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run_apart(folder: Path) -> int:
    """Runs the rest with a small disk of its own, if the system allows that; in CI it must."""
    command = [sys.executable, "-m", "tests.soak", *sys.argv[1:], "--folder", str(folder)]
    refused = subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False).stderr.strip()
    if refused and os.environ.get("CI"):
        print(f"this system allows no mounts of a program's own: {refused}", file=sys.stderr)
        return 1
    if not refused:
        (folder / "data").mkdir()
        command = [*UNSHARE, "sh", "-c", f'{small_disk(folder / "data", DISK_MEBIBYTES)} && exec "$@"', "sh", *command, "--disk"]
    return subprocess.run(command, check=False).returncode


async def run(folder: Path, options: argparse.Namespace) -> Run:
    """All of it, in `folder`."""
    ledger = Ledger()
    async with running_place(folder) as place:
        samples = {name: Samples(name, is_judged=True) for name in ("api 1", "worker 1")} | {"server": Samples("server", is_judged=False)}
        async with (
            Client(place.url_of("api 1"), api_key=place.key, patience_seconds=PATIENCE_SECONDS) as first,
            Client(place.url_of("api 2"), api_key=place.key, patience_seconds=PATIENCE_SECONDS) as second,
        ):
            for definition in definitions(place.world.service_url):
                await first.create_workflow(definition)
            users = Users([first, second], place.world, ledger, count=options.users, rest_seconds=options.rest, seed=options.seed)
            troubles = Troubles(place, seconds=options.seconds, has_small_disk=options.disk, seed=options.seed)
            sampling = asyncio.create_task(_sample(place, samples))
            began = monotonic()
            users.begin()
            try:
                await troubles.make()
            except (AssertionError, TimeoutError, OSError) as error:
                ledger.note(f"a trouble that did not pass: {error}")
            await users.finish()
            seconds = monotonic() - began
            sampling.cancel()
        async with open_pool(place.server.url, limit=2) as pool:
            proof = await _end(place, pool, ledger)
    for one in samples.values():
        if one.is_judged and not one.is_flat(seconds):
            ledger.note(f"the memory of {one.name} grows")
    left_out = [] if options.disk else ["the full disk, because this system allows no mounts of a program's own"]
    return Run(seconds=seconds, left_out=left_out, ledger=ledger, troubles=list(troubles.all.values()), samples=list(samples.values()), proof=proof)


async def _sample(place: Place, samples: dict[str, Samples]) -> None:
    while True:
        samples["api 1"].values.append(own_bytes(place.apis["api 1"].pid))
        samples["worker 1"].values.append(own_bytes(place.workers["worker 1"].pid))
        samples["server"].values.append(sum(map(own_bytes, place.server_processes())))
        await asyncio.sleep(SAMPLE_SECONDS)


async def _end(place: Place, pool: AsyncConnectionPool[Any], ledger: Ledger) -> Proof:
    """Waits for what goes on without its user, stops everything, and looks."""
    if not await until_ended(pool):
        ledger.note("not all executions have ended")
    for name, code in (await place.stop()).items():
        if code:
            ledger.note(f"{name} ended with the exit code {code}")
    for line in place.tracebacks():
        ledger.note(line)
    proof = await prove(pool, place.world, ledger)
    await look_behind(pool, proof, ledger)
    return proof


if __name__ == "__main__":
    sys.exit(main())
