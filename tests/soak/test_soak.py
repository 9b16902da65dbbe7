"""A short sample of `make soak`: every trouble once. The numbers of a whole run are printed by `make soak`."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 12
EVERY_TROUBLE: Final = (
    "kill -9 of a worker",
    "kill -9 of an API process",
    "kill -9 of the database server",
    "restart of a worker",
    "restart of an API process",
    "a failover",
)


def test_a_mixed_load_outlives_every_trouble_and_leaves_nothing_behind() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak", "--seconds", str(SECONDS), "--users", "4"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=300)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, said
    assert "**All is well.**" in said
    for trouble in EVERY_TROUBLE:
        assert f"| {trouble} | 1 |" in said, said
    assert "| a full disk | 1 |" in said or "Left out: the full disk" in said
