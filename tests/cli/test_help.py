import resource

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
    "explain",
    "doctor",
    "bench",
)


def test_help_names_every_command_and_every_exit_code() -> None:
    shown = interlock("--help")
    assert shown.code == 0
    for command in COMMANDS:
        assert command.split()[0] in shown.said
    for code in ("0", "1", "2", "3", "4", "5", "6", "7"):
        assert f" {code} " in shown.said


def test_help_comes_well_under_half_a_second() -> None:
    """Measured as CPU time, so that whatever else the machine does counts little."""
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        interlock("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.4


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_speaks_json_and_takes_a_database(command: str) -> None:
    said = interlock(*command.split(), "--help").said
    assert "--json" in said
    if command != "validate":
        assert "--database" in said
        assert "--data " in said


def test_version() -> None:
    assert interlock("--version").stdout.strip() == __version__


def test_a_wrong_option_is_a_usage_error() -> None:
    assert interlock("run", "x", "--no-such-option").code == 2
