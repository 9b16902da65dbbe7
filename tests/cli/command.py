"""The `interlock` command: as a user has it, a process of its own; or within this process, where that makes no difference."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner

from interlock.cli.app import build_app

COMMAND: Final = Path(sys.executable).parent / "interlock"
ROOT: Final = Path(__file__).parents[2]
_NOT_OURS: Final = ("DATABASE_URL", "SUPABASE_DB_URL", "INTERLOCK_URL", "INTERLOCK_API_KEY", "COLUMNS", "FORCE_COLOR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """All of stdout as one JSON document: nothing else may be there."""
        return json.loads(self.stdout)

    @property
    def said(self) -> str:
        """What a person read, with the line breaks of the terminal taken out."""
        return " ".join((self.stdout + self.stderr).split())


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NOT_OURS} | dict(more or {})


def interlock(
    *arguments: str, database: str | None = None, stdin: str = "", environment: Mapping[str, str] | None = None, timeout: float = 60
) -> Result:
    """Run the command to its end; no user may ever see a traceback."""
    options = [] if database is None else ["--database", database]
    done = subprocess.run(
        [str(COMMAND), *arguments, *options],
        input=stdin,
        capture_output=True,
        text=True,
        env=clean_environment(environment),
        timeout=timeout,
        check=False,
        cwd=ROOT,
    )
    assert "Traceback (most recent call last)" not in done.stderr, done.stderr
    return Result(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def run_here(*arguments: str, database: str | None = None, stdin: str = "", environment: Mapping[str, str] | None = None) -> Result:
    """Run the command in this process, which takes a tenth of the time. Not for services, nor inside an event loop."""
    options = [] if database is None else ["--database", database]
    cleared: dict[str, str | None] = dict.fromkeys(_NOT_OURS)
    done = CliRunner().invoke(build_app(), [*arguments, *options], input=stdin, env={**cleared, **(environment or {})}, catch_exceptions=False)
    return Result(code=done.exit_code, stdout=done.stdout, stderr=done.stderr)


def start(*arguments: str, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Run the command beside the test; its stdout can be read, its stderr is the test's."""
    return subprocess.Popen([str(COMMAND), *arguments], stdout=subprocess.PIPE, text=True, env=clean_environment(environment), cwd=ROOT)
