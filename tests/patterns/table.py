"""Writes docs/patterns.md: runs every form of every pattern and says which hold, and by which construct.

python -m tests.patterns.table
"""

import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.patterns.cases.catalogue import PATTERNS, scenario_id

FORMS: Final = {"normal": "test_normal.py", "raced": "test_raced.py", "crashed": "test_crashed.py"}
PAGE: Final = Path(__file__).parents[2] / "docs" / "patterns.md"

Passed = dict[tuple[str, str], bool]
"""Whether all tests of a scenario in a form have passed."""

_HEAD: Final = """# Which workflow patterns work?

This table lists the control-flow patterns of the Workflow Patterns initiative (N. Russell, A. ter Hofstede, W. van der Aalst, N. Mulyar, "Workflow
Control-Flow Patterns: A Revised View", 2006) that work, and how you draw them. The other patterns of the 43 are not claimed.

Each pattern is tested in three forms: with one worker in a fixed order (normal), with two workers that race (raced), and with a worker that dies
after every transition in turn (crashed). A pattern works in a form if all its scenarios pass; their number is in parentheses. They are in
`tests/patterns/cases/`, and `python -m tests.patterns.table` writes this page from a run of them.

| no. | pattern | drawn with | normal | raced | crashed |
| --- | --- | --- | --- | --- | --- |
"""


class Recorder:
    """Remembers how the tests named after a scenario end, by form."""

    def __init__(self) -> None:
        self.passed: Passed = defaultdict(lambda: True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        scenario = re.search(r"test_pattern\w*\[(?:\w+-)?(\d\d_.*)\]", report.nodeid)
        form = next((form for form, file in FORMS.items() if file in report.nodeid), None)
        if scenario is None or form is None or (report.when != "call" and report.passed):
            return
        self.passed[scenario[1], form] &= report.passed


def page(passed: Mapping[tuple[str, str], bool]) -> str:
    rows = []
    for pattern in PATTERNS:
        ids = [scenario_id((pattern, scenario)) for scenario in pattern.scenarios]
        forms = [_word([passed[one, form] for one in ids if (one, form) in passed]) for form in FORMS]
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
    return 0 if recorder.passed and all(recorder.passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
