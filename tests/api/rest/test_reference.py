"""The reference describes the present API, and its examples work."""

import asyncio
import os
from pathlib import Path

import pytest

from interlock.api.rest.examples import EXAMPLES
from interlock.api.rest.reference import write_reference
from interlock.cli.serving import worker_settings, working
from tests.api.serving import Api

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "rest.md"


def test_the_written_reference_is_the_present_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_reference(), "run `python -m interlock.api.rest.reference docs/reference/rest.md`"


async def test_every_example_of_the_reference_works(api: Api, database_url: str) -> None:
    environment = os.environ | {"URL": api.url, "KEY": await api.key()}
    said = []
    async with working(worker_settings(database_url, [], name="test", lease_seconds=30)), asyncio.timeout(120):
        for example in EXAMPLES:
            process = await asyncio.create_subprocess_exec(
                "bash", "-ec", example.command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            output, _ = await process.communicate()
            if process.returncode:
                pytest.fail(f"{example.about}\n{output.decode()}")
            said.append(output.decode())
    assert '"created":true' in said[0]
    assert '"created":true' in said[1]
    assert "event: end" in said[3]
    assert "Hello, Ada" in said[4]
    assert '"version":2' in said[5]
