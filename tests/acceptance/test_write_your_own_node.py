"""The page about writing a node: its package is built, tested and installed, and a real worker executes it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import admin_key
from tests.cli.command import COMMAND, ROOT, clean_environment

PAGE = (ROOT / "docs" / "how-to" / "write-your-own-node.md").read_text()
FILE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def shell(beginning: str) -> str:
    """The block of commands that begins so."""
    (found,) = [block for block in SHELL.findall(PAGE) if block.startswith(beginning)]
    return str(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files, where the page says."""
    made = tmp_path_factory.mktemp("rates")
    for name, text in FILE.findall(PAGE):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return made


@pytest.fixture(scope="module")
def environment(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the package is installed, beside everything that the tests have."""
    assert shell("pip install").splitlines() == ["pip install .", "python -m pytest tests"]
    target = tmp_path_factory.mktemp("installed")
    done = subprocess.run(
        [*PIP, "install", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(target), "."],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return clean_environment({"PYTHONPATH": os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")]), "INTERLOCK_ENCRYPTION_KEY": KEY})


@contextmanager
def started(command: list[str], environment: dict[str, str], folder: Path) -> Iterator[str]:
    """A program beside the test, and the first line that it printed."""
    running = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        yield running.stdout.readline().strip()
    finally:
        running.kill()
        running.wait()


def run(command: str, environment: dict[str, str], folder: Path, *, code: int = 0) -> Any:
    """What a command of the page prints with --json, where it has that option."""
    command = command.strip().replace("interlock run", f"{COMMAND} run --json")
    done = subprocess.run(["bash", "-c", command], check=False, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_the_page_has_every_file() -> None:
    assert [name for name, _ in FILE.findall(PAGE)] == [
        "pyproject.toml", "src/interlock_rates/__init__.py", "src/interlock_rates/primes.py", "service.py", "tests/test_convert.py",
        "price.yaml", "primes.yaml",
    ]  # fmt: skip


def test_its_own_tests_pass(folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


async def test_the_builder_has_it_and_a_worker_executes_it(folder: Path, environment: dict[str, str], database_url: str) -> None:
    """As on the page: `interlock up`, a credential over REST, an execution with a retry, and one whose process is killed at its timeout."""
    key = await admin_key(database_url)
    with started([str(COMMAND), "up", "--port", "0", "--json", "--database", database_url], environment, folder) as announced:
        environment = environment | {"INTERLOCK_URL": json.loads(announced)["address"], "INTERLOCK_API_KEY": key}
        async with httpx.AsyncClient(base_url=environment["INTERLOCK_URL"], headers={"Authorization": f"Bearer {key}"}) as client:
            types = {each["subtype"]: each for each in (await client.get("/api/v1/node-types")).json()["items"]}
            found = types["CONVERT_CURRENCY"]
            assert (found["title"], found["needs_credential"]) == ("Convert currency", ["bearer"])
            assert found["description"].startswith("Converts an amount at today's rate")
            assert found["parameters_schema"]["properties"].keys() == {"amount", "source", "target", "service", "credential"}
            assert "COUNT_PRIMES" in types
        assert run(shell("curl"), environment, folder)["name"] == "rates"
        with started([sys.executable, "service.py", "0", "busy"], environment, folder) as service:
            price = folder / "price.yaml"
            price.write_text(price.read_text().replace("http://127.0.0.1:9000", service))
            priced = run(shell("interlock run price.yaml"), environment, folder)
        counted, given_up = shell("interlock run primes.yaml").strip().splitlines()
        primes = run(counted, environment, folder)
        late = run(given_up, environment, folder, code=1)
    assert (priced["status"], priced["output"]) == ("completed", {"convert": {"amount": 230.0, "currency": "NOK", "rate": 11.5}})
    assert json.dumps(priced["output"]) in PAGE
    (visit,) = [each for each in priced["assignments"] if each["node_id"] == "convert"]
    assert visit["attempt"] == 2
    assert primes["output"] == {"count": {"primes": 25}}
    assert json.dumps(primes["output"]) in PAGE
    assert (late["status"], late["error"]["code"]) == ("failed", "timed_out")
