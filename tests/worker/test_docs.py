"""What the page says is what there is."""

from dataclasses import fields
from pathlib import Path

import pytest

from interlock.worker.chaos import CHAOS_POINTS
from interlock.worker.settings import WorkerSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "worker.md").read_text()


@pytest.mark.parametrize("name", [field.name for field in fields(WorkerSettings)])
def test_every_setting_has_a_line(name: str) -> None:
    assert f"\n| `{name}` |" in PAGE


@pytest.mark.parametrize("point", CHAOS_POINTS)
def test_every_chaos_point_has_a_line(point: str) -> None:
    assert f"\n| `{point}` |" in PAGE


def test_every_log_event_has_a_line() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "src" / "interlock" / "worker").glob("*.py"))
    events = {piece.split('"')[0] for piece in sources.split('"event": "')[1:]}
    assert len(events) > 10
    assert [event for event in sorted(events) if f"`{event}`" not in PAGE] == []
