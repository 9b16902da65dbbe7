"""The disk of the embedded server fills up: what a user sees before and while it is full, and that everything goes on by itself afterwards."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from interlock.embedded.disk import LOW_BYTES, MEBIBYTE, REFUSE_BYTES, START_BYTES, Disk, data_folder_of
from interlock.embedded.server import Server
from tests.api.rest.workflows import chain, run, save
from tests.api.serving import admin_key
from tests.cli.command import COMMAND, clean_environment, interlock
from tests.days.namespaces import inside, small_disk, with_mounts
from tests.servers import temporary_folder
from tests.worker.engine import until

DISK_MEBIBYTES = 760


class Installation:
    """`interlock up` whose data are on a small disk of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self._log = folder / "up.log"
        prefix = with_mounts(small_disk(self.data, DISK_MEBIBYTES))
        with self._log.open("wb") as written:
            self.process = subprocess.Popen(
                [*prefix, str(COMMAND), "up", "--port", "0", "--data", str(self.data)], stdout=written, stderr=written, env=clean_environment()
            )

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def address(self) -> str | None:
        found = re.search(r"Interlock is up: (http://\S+)", self.said)
        return None if found is None else found[1]

    @property
    def folder(self) -> Path:
        """The data folder, as this test sees it."""
        return inside(self.process.pid, self.data)

    @property
    def postmaster(self) -> list[str]:
        """The lines of the pid file of the server."""
        return (self.folder / "postgres" / "postmaster.pid").read_text().splitlines()

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres:{(self.folder / 'password').read_text().strip()}@127.0.0.1:{self.postmaster[3]}/interlock"

    @property
    def starts(self) -> int:
        """How often the server was started."""
        return (self.folder / "server.log").read_text().count("starting PostgreSQL")

    def fill(self, left_bytes: int) -> None:
        """Fills the disk, until so much is left."""
        with (self.folder / "filler").open("ab") as filler:
            while (missing := shutil.disk_usage(self.folder).free - left_bytes) > 0:
                os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), missing)

    def empty(self) -> None:
        (self.folder / "filler").unlink()

    def run_inside(self, *arguments: str) -> str:
        """What a command says that sees the same disk."""
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        enter = ["nsenter", f"--target={self.process.pid}", *user, "--mount"]
        done = subprocess.run([*enter, str(COMMAND), *arguments], capture_output=True, text=True, check=False, timeout=60, env=clean_environment())
        return " ".join((done.stdout + done.stderr).split())

    def doctor(self, key: str) -> Any:
        """What `interlock doctor` finds through the API."""
        address = str(self.address)
        said = interlock("doctor", "--json", "--server", address, environment={"INTERLOCK_API_KEY": key})
        return json.loads(said.stdout or said.stderr.splitlines()[-1])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the user who runs PostgreSQL can pass through."""
    with temporary_folder() as made:
        yield made


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    started = Installation(folder)
    try:
        yield started
    finally:
        started.process.send_signal(signal.SIGTERM)
        try:
            started.process.wait(60)
        except subprocess.TimeoutExpired:
            started.process.kill()


async def test_a_full_disk_is_named_before_and_while_and_all_goes_on_by_itself_afterwards(installation: Installation) -> None:
    await until(lambda: installation.address is not None or installation.process.poll() is not None, 90)
    assert installation.address is not None, installation.said
    key = await admin_key(installation.database_url)
    async with httpx.AsyncClient(base_url=installation.address, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        await save(client, chain())
        before = await run(client)
        assert (await client.get("/readyz")).text == "ready\n"

        installation.fill(LOW_BYTES - 100 * MEBIBYTE)
        assert "the disk of the database has only" in (await client.get("/readyz")).text
        await run(client)
        found = await asyncio.to_thread(installation.doctor, key)
        assert ("disk", "warning") in {(finding["check"], finding["level"]) for finding in found["findings"]}

        installation.fill(REFUSE_BYTES - 30 * MEBIBYTE)
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert "no execution is started" in ready.text
        for path in ("workflows/chain/run", f"executions/{before}/retry"):
            refused = await client.post(f"/api/v1/{path}", json={})
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
            assert refused.json()["detail"].startswith("the disk of the database is full")
        assert (await client.get(f"/api/v1/executions/{before}")).status_code == 200
        for command in (("run", "chain"), ("executions", "retry", before)):
            said = await asyncio.to_thread(installation.run_inside, *command, "--data", str(installation.data))
            assert "the disk of the database is full" in said
        assert len((await client.get("/api/v1/executions")).json()["items"]) == 2, "none was started or retried"
        found = await asyncio.to_thread(installation.doctor, key)
        assert ("disk", "error") in {(finding["check"], finding["level"]) for finding in found["findings"]}

        installation.fill(0)
        starts = installation.starts
        os.kill(int(installation.postmaster[0]), signal.SIGKILL)
        await _until_text(client, "/readyz", "the disk of the database is full")
        for path in ("/readyz", f"/api/v1/executions/{before}"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["detail"].startswith("the disk of the database is full")
        assert "the disk of the database is full" in json.dumps(await asyncio.to_thread(installation.doctor, key))
        await until(lambda: "the disk of the database is full" in installation.said, 20)
        await asyncio.sleep(5)  # in which it must not be started
        assert installation.starts == starts, "no crash loop"
        said = await asyncio.to_thread(installation.run_inside, "doctor", "--data", str(installation.data))
        assert "the disk of the database is full" in said
        assert installation.said.count("cannot be started again") == 1

        installation.empty()
        await _until_text(client, "/readyz", "ready\n")
        after = await run(client)
        assert installation.starts == starts + 1

        async def is_completed() -> bool:
            return bool((await client.get(f"/api/v1/executions/{after}")).json()["status"] == "completed")

        await until(is_completed, 60)


async def _until_text(client: httpx.AsyncClient, path: str, text: str) -> None:
    async def is_there() -> bool:
        return text in (await client.get(path)).text

    await until(is_there, 60)


def test_a_server_is_not_made_on_a_disk_that_is_too_small(folder: Path) -> None:
    prefix = with_mounts(small_disk(folder, START_BYTES // MEBIBYTE - 10))
    done = subprocess.run(
        [*prefix, str(COMMAND), "migrate", "--data", str(folder)], env=clean_environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert "the disk of the database is full: 22 MiB are left" in said or "the disk of the database is full: 21 MiB are left" in said
    assert "free some space" in said


async def test_the_folder_of_an_embedded_server_is_known_from_its_address(private_server: Server) -> None:
    assert data_folder_of(private_server.url) == private_server.data_folder
    assert data_folder_of(private_server.tcp_url) is None


@pytest.mark.parametrize(("free", "total", "is_low"), [(600, 2_000, False), (500, 2_000, True), (600, 20_000, True), (2_000, 20_000, False)])
def test_little_space_is_a_warning(free: int, total: int, is_low: bool) -> None:
    assert Disk(folder=Path("/"), free_bytes=free * MEBIBYTE, total_bytes=total * MEBIBYTE).is_low is is_low
