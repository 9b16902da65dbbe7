"""Commands show the same through a server as on its database."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from interlock.api.definition_errors import place_of, pointer_of
from tests.api.serving import admin_key
from tests.cli.command import Result, run_here, start
from tests.cli.conftest import WriteWorkflow, fail, transform, wait

UUID_TEXT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """One installation, reached by its database and by its server. The commands run in this process, so that many of them are cheap."""

    database: str
    server: str
    key: str

    def local(self, *arguments: str, stdin: str = "") -> Result:
        return self._run(*arguments, "--database", self.database, stdin=stdin)

    def remote(self, *arguments: str, stdin: str = "", key: str | None = None) -> Result:
        return self._run(*arguments, "--server", self.server, stdin=stdin, key=self.key if key is None else key)

    def here(self, *arguments: str) -> Result:
        """Run it with neither of them named."""
        return self._run(*arguments, stdin="")

    def _run(self, *arguments: str, stdin: str, key: str = "") -> Result:
        return run_here(*arguments, stdin=stdin, environment={"INTERLOCK_API_KEY": key})


@pytest.fixture
def both(database_url: str) -> Iterator[Both]:
    running = start("api", "--port", "0", "--database", database_url, "--json")
    try:
        assert running.stdout is not None
        address = json.loads(running.stdout.readline())["address"]
        yield Both(database=database_url, server=address, key=asyncio.run(admin_key(database_url)))
    finally:
        running.kill()
        running.wait()


def test_reading_shows_the_same(both: Both, workflow_file: WriteWorkflow) -> None:
    flaky = {"id": "flaky", "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "1 / zero", "retry_on_failure": True}}
    sums = workflow_file("sums", transform("first", zero=0), {**flaky, "retry": {"max_attempts": 2, "initial_seconds": 0.05}})
    errory = workflow_file("errory", {"id": "odd", "type": "ACTION_NODE", "subtype": "NOTHING"})
    assert (
        both.local("run", workflow_file("tea", transform("pour", cups="{{ cups * 2 }}")), "--work", "-i", '{"cups": 2}', "--subject", "Ada").code == 0
    )
    assert both.local("run", sums, "--work", "--input", '{"amount": 5}').code == 1
    assert both.local("run", workflow_file("slow", wait("long", 3600)), "--no-wait").code == 0
    assert both.local("run", workflow_file("rare", {**transform("hello"), "queue": "rare"}), "--no-wait").code == 0
    ids = [each["execution_id"] for each in both.local("executions", "list", "--json").document]
    reading = [
        ["executions", "list"],
        ["executions", "list", "--json"],
        ["executions", "list", "--status", "open"],
        ["executions", "list", "--workflow", "sums", "--limit", "1", "--json"],
        ["executions", "list", "--subject", "Ada", "--json"],
        ["executions", "list", "--workflow", "unknown"],
        ["executions", "list", "--status", "sleeping"],
        *[[*words, execution] for words in (["executions", "show"], ["explain"]) for execution in (*ids, ids[0][:30], "last")],
        *[[*words, execution, "--json"] for words in (["executions", "show"], ["explain"]) for execution in ids],
        ["executions", "show", ids[1], "--full"],
        ["deploy", errory],
        ["deploy", "nowhere.yaml", "--json"],
        ["deploy", sums],
        ["deploy", sums, "--json"],
        ["run", sums, "--no-wait", "--idempotency-key", "once"],
        ["run", "tea", "--no-wait", "--idempotency-key", "once more", "--version", "1", "--json"],
        ["run", "tea", "--version", "7"],
        ["run", "coffee", "--json"],
    ]
    results_of = {" ".join(command): (both.local(*command), both.remote(*command)) for command in reading}
    for words in (["validate", errory, sums], ["validate", errory, sums, "--json"]):
        results_of[" ".join(words)] = both.here(*words), both.remote(*words)
    different = {command: results for command, results in results_of.items() if steady(results[0]) != steady(results[1])}
    for name, results in different.items():
        print(name, *results, sep="\n")
    assert not different


def steady(result: Result) -> tuple[int, str, str]:
    """The result without times that pass between the two commands, and without the id of the request."""
    passing = r"[━─·]+ +[0-9.]+ (ms|s|min|h)|^ +at: request [0-9a-f]{32}\n|(?<= )[ ]+|[ ]+$"
    stdout, stderr = (re.sub(passing, "", text, flags=re.MULTILINE) for text in (result.stdout, result.stderr))
    return result.code, re.sub('"request [0-9a-f]{32}"', "null", stdout), stderr


def test_changing_does_the_same(both: Both, workflow_file: WriteWorkflow) -> None:
    slow = workflow_file("slow", wait("long", 3600))
    results_of = []
    for run in (both.local, both.remote):
        execution = run("run", slow, "--no-wait", "--json").document["execution_id"]
        said = [run("executions", word, execution) for word in ("suspend", "suspend", "continue", "cancel", "cancel", "suspend", "retry")]
        said += [run("executions", word, execution, "--json") for word in ("cancel", "continue")]
        results_of.append([replace(each, stdout=UUID_TEXT.sub("…", each.stdout), stderr=UUID_TEXT.sub("…", each.stderr)) for each in said])
    local, remote = results_of
    assert [steady(each) for each in remote] == [steady(each) for each in local]
    broken = workflow_file("broken", transform("first"), fail("stop", "no"))
    assert both.local("run", broken, "--work").code == 1
    old, *_ = both.remote("executions", "list", "--json").document
    new = both.remote("executions", "retry", old["execution_id"], "--from", "first", "--json").document["new_execution_id"]
    assert both.local("executions", "show", new, "--json").document["retried_from"] == old["execution_id"]
    assert both.remote("run", "slow", "--work").code == 2


def test_watching_shows_the_same_through_a_server(both: Both, database_url: str, workflow_file: WriteWorkflow) -> None:
    """A worker runs beside it. Nodes are shown as they end, and the exit code says how the execution ended."""
    path = workflow_file("broken", transform("first"), wait("rest", 0.1), fail("stop", "no"))
    working = start("worker", "--database", database_url, "--json")
    try:
        local, remote = both.local("run", path), both.remote("run", path)
        timed = r"[0-9.]+ (ms|s)|<1 ms"
        assert (remote.code, words_of(remote.stdout, timed)) == (local.code, words_of(local.stdout, timed))
        assert remote.code == 1
    finally:
        working.kill()
        working.wait()


def words_of(text: str, without: str) -> list[str]:
    return re.sub(without, "", UUID_TEXT.sub("…", text)).split()


def test_a_refused_caller_reads_what_to_do(both: Both) -> None:
    for key in ("", "il_wrong_key", "ä", "a\nb"):
        done = both.remote("executions", "list", key=key)
        assert done.code in {2, 6}, key
        assert "INTERLOCK_API_KEY" in done.said, key
    nobody = replace(both, server="http://127.0.0.1:1").remote("executions", "list")
    assert nobody.code == 5
    assert "hint:" in nobody.said
    for server in ("localhost:8080", "http://", "http://[", "https://a b/"):
        assert replace(both, server=server).remote("executions", "list").code == 2, server


def test_a_place_of_the_api_is_the_pointer_of_the_command_line() -> None:
    for pointer in ("", "/nodes/12/parameters", "/nodes/0/parameters/a b/c~1d/~0", '/x/"y"/[0]'):
        assert pointer_of(place_of(pointer)) == pointer
