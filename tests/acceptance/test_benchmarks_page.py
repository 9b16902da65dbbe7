"""`docs/benchmarks.md` names the benchmarks that there are, says which have a target, and none is measured on a server that may lose commits."""

import re
from pathlib import Path
from typing import Final

import psycopg
import pytest

from benchmarks.catalog import BENCHMARKS
from benchmarks.measuring.server import NotDurableError, inspect_server
from interlock.embedded import Server
from tests.worker.engine import until

ROOT: Final = Path(__file__).parents[2]
ROWS: Final = dict(re.findall(r"^\| `([a-z_]+)` \| .* \| (.*) \|$", (ROOT / "docs" / "benchmarks.md").read_text(), re.MULTILINE))


def test_the_page_has_every_benchmark_and_says_of_each_whether_it_has_a_target() -> None:
    has_target = {name: bool(re.search(r"\btarget=(?!None)", (ROOT / "benchmarks" / f"{name}.py").read_text())) for name in BENCHMARKS}
    assert {name: text != "none" for name, text in ROWS.items() if name in BENCHMARKS} == has_target
    assert set(BENCHMARKS) <= set(ROWS)


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
async def test_nothing_is_measured_on_a_server_that_may_lose_commits(private_server: Server, setting: str) -> None:
    assert (await inspect_server(private_server.url, None)).settings[setting] == "on"
    async with await psycopg.AsyncConnection.connect(private_server.url, autocommit=True) as connection:
        await connection.execute(f"alter system set {setting} = off".encode())
        await connection.execute("select pg_reload_conf()")

    async def is_refused() -> bool:
        try:
            await inspect_server(private_server.url, None)
        except NotDurableError as error:
            return str(error).startswith(f"{setting} is off")
        return False

    await until(is_refused)
