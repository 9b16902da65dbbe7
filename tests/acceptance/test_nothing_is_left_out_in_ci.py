"""Where a test needs something that is missing, it is left out on a developer's machine, and fails in CI."""

import re

import pytest

from tests.cli.command import ROOT
from tests.days.namespaces import with_mounts
from tests.left_out import leave_out
from tests.worker.pgbouncer import find_pgbouncer

SKIPS = re.compile(r"pytest\.skip\(|importorskip|unittest\.skip|mark\.skip\b|mark\.skipif\((?!not IS_ROOT, )")
"""Leaving out in any other way; only what root alone can do is left out by the user who runs the tests."""


@pytest.mark.parametrize(("is_ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_what_is_missing_is_left_out_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch, is_ci: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("CI", is_ci)
    with pytest.raises(outcome, match="there is no tape"):
        leave_out("there is no tape")


@pytest.mark.parametrize(("is_ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_pgbouncer_fails_in_ci(monkeypatch: pytest.MonkeyPatch, is_ci: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("CI", is_ci)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(outcome, match="pgbouncer is not installed"):
        find_pgbouncer()


@pytest.mark.parametrize(("is_ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_system_without_mounts_fails_in_ci(monkeypatch: pytest.MonkeyPatch, is_ci: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("CI", is_ci)
    monkeypatch.setattr("tests.days.namespaces.UNSHARE", ("sh", "-c", "echo not permitted >&2", "sh"))
    with pytest.raises(outcome, match="no mounts of a test's own: not permitted"):
        with_mounts("true")


def test_no_test_is_left_out_in_another_way() -> None:
    here = {"tests/left_out.py", "tests/acceptance/test_nothing_is_left_out_in_ci.py"}
    files = [path for path in (ROOT / "tests").rglob("*.py") if str(path.relative_to(ROOT)) not in here]
    assert len(files) > 100
    assert [str(path.relative_to(ROOT)) for path in files if SKIPS.search(path.read_text())] == []
