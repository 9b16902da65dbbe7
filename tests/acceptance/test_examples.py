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


def test_a_spectrum_is_measured_longer_until_its_two_peaks_stand_out(database_url: str) -> None:
    document = run(database_url, ROOT / "examples" / "spectrum.yaml", {"sample": "A-17", "noise": 0.3}).document
    assert [abs(peak["at"] - place) <= 6 for peak, place in zip(document["output"]["report"]["peaks"], (520, 610), strict=True)] == [True, True]
    assert document["output"]["report"]["seconds"] > 1
    assert sum(each["node_id"] == "measure" for each in document["assignments"]) > 1


@pytest.mark.parametrize(("limit", "end"), [(80, {"result": "refused", "released": "2 x lamp"}), (100, {"result": "shipped", "parcel": "2 x lamp"})])
def test_an_order_is_shipped_or_what_was_reserved_is_released(limit: int, end: dict[str, str], database_url: str) -> None:
    done = run(database_url, ROOT / "examples" / "order.yaml", {"item": "lamp", "pieces": 2, "price": 49.5, "limit": limit})
    (output,) = done.document["output"].values()
    assert end.items() <= output.items()


@pytest.mark.parametrize(("text", "teams"), [("The invoice is wrong and it crashes.", ["billing", "engineers"]), ("Hello?", ["front desk"])])
def test_a_request_goes_to_every_team_that_it_concerns(text: str, teams: list[str], database_url: str) -> None:
    document = run(database_url, ROOT / "examples" / "support_desk.yaml", {"from": "ada@example.com", "text": text}).document
    assert document["output"]["answer"]["teams"] == teams


def test_a_table_is_cleaned_and_added_up(database_url: str) -> None:
    table = "shop,date,sales\nOslo,2030-01-01,120\nOslo,2030-01-02,n/a\nBergen,2030-01-01,80.5\n"
    report = run(database_url, ROOT / "examples" / "clean_table.yaml", {"table": table}).document["output"]["report"]
    assert report["shops"] == [{"shop": "Bergen", "sales": 80.5}, {"shop": "Oslo", "sales": 120.0}]
    assert [row["line"] for row in report["set_aside"]] == [3]


def test_a_service_that_does_not_answer_is_asked_again_and_reported_as_down(database_url: str) -> None:
    document = run(database_url, ROOT / "examples" / "service_check.yaml", {"address": "https://nobody.invalid/", "tries": 2}).document
    assert document["output"]["up"] is False
    assert document["output"]["tried"] == 2
