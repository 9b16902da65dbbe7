import os
import subprocess
import sys

import pytest

from examples.demo.birds import read_birds
from tests.cli.command import ROOT, clean_environment


def test_the_data_set_is_complete_and_names_its_source() -> None:
    birds = read_birds()
    assert len(birds) == len({bird["record"] for bird in birds}) == 344
    assert sum(bird["body_mass_g"] is None for bird in birds) == 2
    assert sum(bird["sex"] is None for bird in birds) == 11
    said = (ROOT / "examples" / "demo" / "data" / "README.md").read_text()
    assert "CC0" in said
    assert "palmerpenguins" in said


def test_a_smaller_set_has_no_record_twice() -> None:
    birds = read_birds(40)
    assert len({bird["record"] for bird in birds}) == 40


@pytest.mark.parametrize("records", [48])
def test_the_demo_runs_to_its_end_and_every_check_holds(records: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.demo", "--records", str(records)],
        cwd=ROOT,
        env=clean_environment({"PYTHONPATH": os.environ.get("PYTHONPATH", "")}),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kill -9" in done.stdout
    assert "Everything held" in done.stdout
    assert "✗ " not in done.stdout.split("Did every record end exactly once?")[1]
