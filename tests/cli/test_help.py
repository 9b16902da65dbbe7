import subprocess
import sys

import pytest

from interlock import __version__
from tests.cli.command import interlock

COMMANDS = (
    "up",
    "worker",
    "tick",
    "migrate",
    "validate",
    "deploy",
    "run",
    "executions list",
    "executions show",
    "executions cancel",
    "executions suspend",
    "executions continue",
    "executions retry",
    *(f"workspaces {name}" for name in ("list", "create", "update", "delete", "members", "add-member", "remove-member")),
    "explain",
    "doctor",
    "bench",
)

NOT_FOR_EVERY_COMMAND = {"fastapi", "uvicorn", "grpc", "cryptography", "aiohttp", "httpx", "opentelemetry"}


def test_help_names_every_command_and_every_exit_code() -> None:
    shown = interlock("--help")
    assert shown.code == 0
    for command in COMMANDS:
        assert command.split()[0] in shown.said
    for code in ("0", "1", "2", "3", "4", "5", "6", "7"):
        assert f" {code} " in shown.said


def test_help_imports_nothing_that_it_does_not_need() -> None:
    """The modules that would make it slow. Measuring the time would measure the machine."""
    assert not {"pydantic", "psycopg", *NOT_FOR_EVERY_COMMAND} & loaded("--help")


def test_listing_executions_imports_nothing_about_definitions(database_url: str) -> None:
    assert not {"interlock.definition", "yaml", *NOT_FOR_EVERY_COMMAND} & loaded("executions", "list", "--database", database_url)


def loaded(*arguments: str) -> set[str]:
    """Returns the modules that a command imports."""
    code = "import atexit, sys, interlock.cli\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\ninterlock.cli.main()"
    said = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, timeout=120).stderr.split()
    assert "interlock.cli.app" in said
    return set(said)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_writes_json_and_takes_a_database(command: str) -> None:
    said = interlock(*command.split(), "--help").said
    assert "--json" in said
    if command != "validate":
        assert "--database" in said
        assert "--data " in said


def test_version() -> None:
    assert interlock("--version").stdout.strip() == __version__


def test_a_wrong_option_is_a_usage_error() -> None:
    assert interlock("run", "x", "--no-such-option").code == 2
