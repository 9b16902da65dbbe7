"""Writes docs/patterns.md: runs every form of every pattern and says which hold, and by which construct.

python -m tests.patterns.table
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.patterns.cases.catalogue import PATTERNS

FORMS: Final = {"normal": "test_normal.py", "raced": "test_raced.py", "crashed": "test_crashed.py"}
PAGE: Final = Path(__file__).parents[2] / "docs" / "patterns.md"

_HEAD: Final = """# Workflow patterns

Which of the control-flow patterns of the Workflow Patterns initiative hold, and by which construct a workflow has them (N. Russell, A. ter Hofstede,
W. van der Aalst, N. Mulyar, "Workflow Control-Flow Patterns: A Revised View", 2006).

Each is tested in three forms: one worker in a fixed order (normal), two workers that race (raced), and a worker that dies after every transition in
turn (crashed). A pattern holds in a form when all its scenarios pass; how many there are stands beside it. They are in `tests/patterns/cases/`.
This page is written by `python -m tests.patterns.table`, from a run of these tests.

| no. | pattern | by | normal | raced | crashed |
| --- | --- | --- | --- | --- | --- |
"""


class Recorder:
    """Remembers how the tests named after a pattern's number end, by form."""

    def __init__(self) -> None:
        self.passed: dict[tuple[int, str], list[bool]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        number = re.search(r"test_pattern\w*\[(?:\w+-)?(\d\d)_", report.nodeid)
        form = next((form for form, file in FORMS.items() if file in report.nodeid), None)
        if number is None or form is None or (report.when != "call" and report.passed):
            return
        self.passed[int(number[1]), form].append(report.passed)


def page(passed: Mapping[tuple[int, str], Iterable[bool]]) -> str:
    rows = []
    for pattern in PATTERNS:
        forms = [_word(list(passed.get((pattern.number, form), ()))) for form in FORMS]
        rows.append(f"| {pattern.number} | {pattern.name} | {pattern.construct} | {' | '.join(forms)} |\n")
    return _HEAD + "".join(rows)


def _word(passed: list[bool]) -> str:
    if not passed:
        return "not run"
    return f"yes ({len(passed)})" if all(passed) else f"no ({passed.count(False)} of {len(passed)})"


def main() -> int:
    recorder = Recorder()
    pytest.main([str(Path(__file__).parent), "-q", "-m", "full or not full"], plugins=[recorder])
    PAGE.write_text(page(recorder.passed))
    return 0 if recorder.passed and all(all(ends) for ends in recorder.passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
