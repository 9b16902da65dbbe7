"""Writes the reference page of the command line from the commands themselves: `python -m interlock.cli.reference docs/reference/command-line.md`."""

import sys
from pathlib import Path
from typing import Any

from interlock.cli.app import build_app
from interlock.cli.exit_codes import MEANINGS

COMMON = ("--server", "--database", "--data", "--json")
HEAD = """# Command line

Written by `python -m interlock.cli.reference`; a test compares it with the commands.

Every command takes `--database URL` (PostgreSQL 15 or newer; without it `DATABASE_URL`, `SUPABASE_DB_URL`, else the server that comes
with Interlock), `--data DIR` (the folder of that server) and `--json` (one JSON document on stdout and nothing else there); `validate` needs
no database. `validate`, `deploy`, `run`, `executions`, `explain` and `doctor` also work through a server: with `--server URL`, or with
`INTERLOCK_URL` where no database is named; the API key comes from `INTERLOCK_API_KEY`. An error says what
happened, where, and how to fix it; with `--json` it is `{"error": {"code", "message", "where", "hint"}}`.
`INTERLOCK_TRACEBACK=1` shows where an error in Interlock itself happened.
"""


def write_reference() -> str:
    """The page, as Markdown."""
    import typer

    group: Any = typer.main.get_command(build_app())
    codes = "\n".join(f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items())
    commands = "\n".join(_command(f"interlock {name}", command) for name, command in sorted(group.commands.items()))
    return f"{HEAD}\n## Exit codes\n\n| code | when |\n| --- | --- |\n{codes}\n\n{commands}"


def _command(name: str, command: Any) -> str:
    if hasattr(command, "commands"):
        return "\n".join(_command(f"{name} {inner}", each) for inner, each in sorted(command.commands.items()))
    arguments = " ".join(parameter.metavar or parameter.name.upper() for parameter in command.params if parameter.param_type_name == "argument")
    described = [
        line for parameter in command.params if parameter.name != "help" and not set(parameter.opts) & set(COMMON) and (line := _parameter(parameter))
    ]
    table = "\n".join(["", "| argument or option | |", "| --- | --- |", *described, ""]) if described else ""
    return f"## `{name}{' ' + arguments if arguments else ''}`\n\n{' '.join(command.help.split())}\n{table}"


def _parameter(parameter: Any) -> str:
    shown = parameter.metavar or parameter.name.upper()
    if parameter.param_type_name == "option":
        names = "`, `".join([*parameter.opts, *parameter.secondary_opts])
        shown = f"{names} {parameter.metavar}" if parameter.metavar else names
    default = parameter.default
    has_default = not callable(default) and default not in (None, (), [], True, False) and parameter.param_type_name == "option"
    meaning = (getattr(parameter, "help", None) or "").replace("|", "\\|")
    return f"| `{shown.replace('|', chr(92) + '|')}` | {meaning}{f' Default: {default}.' if has_default else ''} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(write_reference())
