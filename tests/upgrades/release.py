"""The program as it was before a migration, taken from the history of the repository, and processes of it."""

import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from interlock.controlplane.migrating import migrations
from tests.api.rest.processes import ApiProcess
from tests.crashes.processes import WorkerProcess
from tests.left_out import leave_out

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = "src/interlock/controlplane/sql/migrations"
NAMES: Final = [migration.name for migration in migrations()]
NOT_THEIRS: Final = ("DATABASE_URL", "SUPABASE_DB_URL", "INTERLOCK_URL", "INTERLOCK_API_KEY", "INTERLOCK_CHAOS")


class Release:
    """The program of one commit: it knows the migrations before one, and not that one.

    It runs with the packages of today. Its name in the lists of installed packages is that of today, so its own list of nodes is put before them.
    """

    def __init__(self, folder: Path, migration: str) -> None:
        self.folder = folder
        self.migration = migration
        self.known = NAMES[: NAMES.index(migration)]

    def environment(self, **more: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in NOT_THEIRS}
        return {**own, "PYTHONPATH": f"{self.folder / 'src'}:{self.folder}", **more}

    def python(self, program: str, *arguments: str) -> str:
        """Runs a program text; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def interlock(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs its command to the end."""
        return subprocess.run(
            [sys.executable, "-m", "interlock.cli", *arguments],
            cwd=self.folder,
            env=self.environment(COLUMNS="200"),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def take_release(folder: Path, migration: str) -> Release:
    """Takes the newest commit whose migrations are those before one, as they are today, out of the history, into `folder`.

    The test is left out, with the reason (in CI it fails), where the history does not have it: in a source archive, in a shallow clone, or
    where commits were put together.
    """
    if _git("rev-parse", "--is-shallow-repository").strip() != b"false":
        leave_out("the history of the repository is not here")
    release = Release(folder, migration)
    with tarfile.open(fileobj=BytesIO(_git("archive", _commit_with(release.known), "src", "tests", "pyproject.toml"))) as packed:
        packed.extractall(folder, filter="data")
    _list_nodes(folder)
    assert release.python("import interlock; print(interlock.__file__)").startswith(str(folder)), "the old program does not run"
    return release


def _commit_with(names: Sequence[str]) -> str:
    """The newest commit that has these migrations, and no other."""
    wanted = {name: _git("hash-object", f"{FOLDER}/{name}").decode().strip() for name in names}
    for commit in _git("rev-list", "--topo-order", "HEAD").decode().split():
        lines = [line.split() for line in _git("ls-tree", commit, f"{FOLDER}/").decode().splitlines()]
        if {Path(path).name: blob for _, _, blob, path in lines} == wanted:
            return commit
    return leave_out(f"no commit of the history has just the migrations {', '.join(names)} as they are today")


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


def _list_nodes(folder: Path) -> None:
    """The entry points of that commit, as if it were installed."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    made = folder / "src" / "interlock-0.0.0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: interlock\nVersion: 0.0.0\n")
    groups = project.get("entry-points", {})
    lines = [line for group, points in groups.items() for line in (f"[{group}]", *(f"{name} = {target}" for name, target in points.items()))]
    (made / "entry_points.txt").write_text("\n".join(lines) + "\n")


class Processes:
    """Workers and API processes of one program, or of another one."""

    def __init__(self, folder: Path, database_url: str, world_url: str) -> None:
        self._folder = folder
        self._database_url = database_url
        self._world_url = world_url
        self._number = 0
        self._workers: list[WorkerProcess] = []
        self._apis: list[ApiProcess] = []

    def worker(self, release: Release | None = None) -> WorkerProcess:
        """A worker of that release; of today where it is None."""
        log = self._log("worker")
        options = ["--database", self._database_url, "--queue", "default=4", "--lease", "60", "--name", log.stem]
        environment = release.environment() if release else Release(ROOT, NAMES[-1]).environment()
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "interlock.cli", "worker", *options],
                cwd=release.folder if release else ROOT,
                env={**environment, "INTERLOCK_SQL_WORLD_URL": self._world_url},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self._workers.append(WorkerProcess(process, log))
        return self._workers[-1]

    def api(self, release: Release | None = None) -> ApiProcess:
        prefix = ["env", "-C", str(release.folder), f"PYTHONPATH={release.environment()['PYTHONPATH']}"] if release else []
        self._apis.append(ApiProcess(self._database_url, 0, self._log("api"), prefix))
        return self._apis[-1]

    def end_all(self) -> None:
        for worker in self._workers:
            worker.kill()
        for api in self._apis:
            api.kill()

    def _log(self, name: str) -> Path:
        self._number += 1
        return self._folder / f"{name}-{self._number}.log"


@contextmanager
def processes(folder: Path, database_url: str, world_url: str) -> Iterator[Processes]:
    opened = Processes(folder, database_url, world_url)
    try:
        yield opened
    finally:
        opened.end_all()
