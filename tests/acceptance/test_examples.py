"""Every example completes when it is run with the command in its first lines."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ROOT, interlock

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def command_of(path: Path) -> list[str]:
    """Returns the command in the comment at the top of the file."""
    (line,) = re.findall(r"^#\s+(interlock run .*)$", path.read_text(), re.MULTILINE)
    return shlex.split(line)[1:]


def run(database_url: str, path: Path, document: dict[str, Any]) -> Any:
    return interlock("run", str(path), "--work", "--json", "--input", json.dumps(document), database=database_url)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_command_in_its_first_lines_completes(path: Path, database_url: str) -> None:
    command = command_of(path)
    assert command[1] == str(path.relative_to(ROOT))
    done = interlock(*command, "--work", "--json", database=database_url)
    assert done.code == 0, done.stdout + done.stderr
    assert done.document["output"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/**/*.yaml")), ids=lambda path: path.stem)
def test_it_has_no_errors_and_no_warnings(path: Path) -> None:
    done = interlock("validate", str(path), "--json")
    assert done.code == 0, done.stdout
    assert done.document["files"][0]["warnings"] == []


@pytest.mark.parametrize(
    ("items", "decision"),
    [
        ([{"what": "tea", "amount": 4}], {"decision": "approved", "total": 4}),
        ([{"what": "hotel", "amount": 400}], {"decision": "approved", "total": 400}),
        ([{"what": "yacht", "amount": 900}], {"decision": "rejected", "odd_items": ["yacht"]}),
        ([{"what": "machine", "amount": 6000}], {"decision": "rejected", "odd_items": []}),
        ("nothing", {"decision": "sent back"}),
    ],
)
def test_expense_reports_are_decided_by_rule(items: Any, decision: dict[str, Any], database_url: str) -> None:
    done = run(database_url, ROOT / "examples" / "expense_report.yaml", {"person": "Ada", "items": items})
    assert done.code == 0, done.stdout
    assert decision.items() <= done.document["output"].items()


def test_square_root_loops_until_good_and_refuses_by_name(database_url: str) -> None:
    path = ROOT / "examples" / "square_root.yaml"
    answer = run(database_url, path, {"number": 2, "tolerance": 1e-9}).document
    assert abs(answer["output"]["answer"]["root"] - 2**0.5) < 1e-8
    assert answer["output"]["answer"]["rounds"] == sum(assignment["node_id"] == "improve" for assignment in answer["assignments"])
    refused = run(database_url, path, {"number": -1, "tolerance": 1e-9})
    assert refused.code == 1
    assert refused.document["error"]["code"] == "not_positive"


def test_three_quotes_takes_two_and_cancels_the_third(database_url: str) -> None:
    document = run(database_url, ROOT / "examples" / "three_quotes.yaml", {"part": "bearing", "pieces": 40}).document
    assert document["output"] == {"carrier": "ship", "winner": "east", "price": 73.0}
    assert {"west_thinks": "cancelled"}.items() <= {each["node_id"]: each["status"] for each in document["assignments"]}.items()
