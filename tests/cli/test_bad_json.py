"""JSON that is refused: the error has its place and a hint, and nothing is started, however it was given."""

import json
import re
from pathlib import Path

import psycopg
import pytest

from tests.cli.command import interlock
from tests.cli.conftest import WriteWorkflow, transform
from tests.cli.test_server import Both, both
from tests.json_text.values import REFUSED_TEXTS

__all__ = ["both"]


def started(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select count(*) from interlock.executions").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("way", ["text", "file", "stdin"])
def test_input_that_is_refused_starts_nothing(both: Both, workflow_file: WriteWorkflow, tmp_path: Path, way: str) -> None:
    path = workflow_file("echo", transform("echo", n=1))
    file = tmp_path / "input.json"
    for text, code, place in REFUSED_TEXTS:
        file.write_text(text)
        where, given = {"text": ("--input", text), "file": (str(file), f"@{file}"), "stdin": ("stdin", "-")}[way]
        for run in (both.local, both.remote):
            done = run("run", path, "--no-wait", "--json", "--input", given, stdin=text if way == "stdin" else "")
            assert done.code == 2, done.said
            error = done.document["error"]
            assert (error["code"], error["where"]) == (code, f"{where} {place}".strip())
            assert error["message"]
            assert error["hint"]
    assert started(both.database) == 0


def test_a_person_is_told_the_same(database_url: str, workflow_file: WriteWorkflow) -> None:
    done = interlock("run", workflow_file("echo", transform("echo", n=1)), "--work", "--input", '{"a": [1, NaN]}', database=database_url)
    assert done.code == 2
    assert "Error: the input cannot be taken: NaN is not JSON." in done.said
    assert "at: --input /a/1" in done.said
    assert "hint: Use a finite number, text or null." in done.said


def test_input_that_is_too_large_or_not_text_is_refused(database_url: str, workflow_file: WriteWorkflow, tmp_path: Path) -> None:
    path = workflow_file("echo", transform("echo", n=1))
    (tmp_path / "large.json").write_bytes(b'{"a": "' + b"x" * (64 * 1024 * 1024) + b'"}')
    (tmp_path / "latin.json").write_bytes('{"a": "é"}'.encode("latin-1"))
    for name, code in (("large.json", "too_large"), ("latin.json", "not_utf8")):
        done = interlock("run", path, "--json", "--input", f"@{tmp_path / name}", database=database_url)
        assert (done.code, done.document["error"]["code"]) == (2, code)
    assert started(database_url) == 0


def test_times_are_written_alike_beside_small_and_large_numbers(database_url: str, workflow_file: WriteWorkflow) -> None:
    path = workflow_file("echo", transform("echo", n="{{ n }}"))
    times = []
    for number in (1, 2**70, 10**400):
        done = interlock("run", path, "--work", "--json", "--input", json.dumps({"n": number}), database=database_url)
        assert done.code == 0, done.said
        assert done.document["output"] == {"echo": {"n": number}}
        times += [done.document["created_at"], *(each["started_at"] for each in done.document["assignments"])]
        listed = interlock("executions", "show", done.document["execution_id"], "--json", database=database_url).document
        times += [listed["created_at"], listed["ended_at"]]
    assert [time for time in times if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time)] == []
