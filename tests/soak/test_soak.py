"""A short sample of `make soak`: every trouble once. The numbers of a whole run are printed by `make soak`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 20
EVERY_TROUBLE: Final = (
    "kill -9 of a worker",
    "kill -9 of an API process",
    "kill -9 of the database server",
    "restart of a worker",
    "restart of an API process",
    "a failover",
)


def test_a_mixed_load_outlives_every_trouble_and_leaves_nothing_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--seconds", str(SECONDS), "--users", "6"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "**All is well.**" in done.stdout
    for trouble in EVERY_TROUBLE:
        assert f"| {trouble} | 1 |" in done.stdout, done.stdout
    assert "| a full disk | 1 |" in done.stdout or "Left out: the full disk" in done.stdout
