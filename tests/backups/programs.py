"""`pg_dump` and `pg_restore` of the PostgreSQL that comes with Interlock, which the embedded server runs on, too."""

import subprocess
from pathlib import Path

from interlock.embedded.account import Account
from interlock.embedded.binaries import Binaries


def dump(url: str, archive: Path) -> None:
    """As docs/how-to/back-up-and-restore.md says."""
    _run("pg_dump", "--format=custom", "--schema=interlock", f"--file={archive}", url)


def restore(url: str, archive: Path) -> None:
    _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={url}", str(archive))


def _run(program: str, *arguments: str) -> None:
    folder = Binaries.find(Account.choose()).folder
    done = subprocess.run([folder / program, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
