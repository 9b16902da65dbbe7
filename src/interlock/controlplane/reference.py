"""Writes the page of states, and the part of docs/errors.md on errors of calls, from where they are defined: the transition tables and the classes.

`python -m interlock.controlplane.reference FOLDER` writes FOLDER/states.md; `interlock.nodes.errors_reference` writes the page of errors.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from interlock.controlplane.schema import SQL, schema_sql
from interlock.errors import errors_by_code

_ASSIGNMENT_CODES: Final = (
    re.compile(r"assignment_error\(\s*'(\w+)'"),
    re.compile(r"'code',\s*'(\w+)'"),
    re.compile(r"'code',\s*coalesce\([^,]+,\s*'(\w+)'\)"),  # the code of an error that was given none
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One allowed change of status, and the functions that make it."""

    from_status: str
    to_status: str
    done_by: Sequence[str]


def transitions(table: str) -> list[Transition]:
    """Returns the rows of `execution_transitions` or `assignment_transitions`, as the schema inserts them."""
    found = re.search(rf"insert into interlock\.{table} [^;]*;", schema_sql())
    rows = re.findall(r"\('(\w+)',\s+'(\w+)',\s+'([\w, ]+)'\)", found.group()) if found else []
    return [Transition(from_status=before, to_status=after, done_by=by.split(", ")) for before, after, by in rows]


def codes_in_sql() -> frozenset[str]:
    """Returns every error code that a function raises, returns or stores."""
    return frozenset(code for file in _sql_files(SQL) for code in re.findall(r"'(IL\d{3})'", file.read_text(encoding="utf-8")))


def assignment_codes_in_sql() -> Mapping[str, Sequence[str]]:
    """Returns every code of an assignment's error that SQL makes, with the names of the functions that make it."""
    found: dict[str, list[str]] = {}
    for file in _sql_files(SQL):
        codes = {code for pattern in _ASSIGNMENT_CODES for code in pattern.findall(file.read_text(encoding="utf-8"))}
        for code in codes - {code for code in codes if code.startswith("IL")}:
            found.setdefault(code, []).append(file.name.removesuffix(".sql"))
    return {code: sorted(names) for code, names in sorted(found.items())}


def call_errors_section() -> str:
    """Returns the part of the page of errors about the errors of calls."""
    lines = [
        "## Errors of calls",
        "",
        "One code for each error, the same in SQL (its SQLSTATE), in Python, in answers, logs and exit messages. *Retryable*: the same call may",
        "succeed later. Raised by: the SQL functions that raise it or answer with it; the heads of their files say when.",
        "",
    ]
    sources = {file.name.removesuffix(".sql"): file.read_text(encoding="utf-8") for file in _sql_files(SQL)}
    for code, kind in sorted(errors_by_code().items()):
        functions = sorted(name for name, text in sources.items() if f"'{code}'" in text)
        lines += [
            f"### {code} {kind.__name__}",
            "",
            (kind.__doc__ or "").strip(),
            "",
            f"HTTP {kind.http_status} · gRPC {kind.grpc_status} · {'retryable' if kind.retryable else 'not retryable'} · "
            + (f"raised by {', '.join(f'`{name}`' for name in functions)}" if functions else "raised by the program that calls"),
            "",
        ]
    return "\n".join(lines)


def states_page() -> str:
    lines = [
        "# States",
        "",
        "Every allowed change of status, and the function that makes it. A trigger refuses any other (IL092). A terminal status never changes:",
        "no row leads out of `completed`, `failed`, `cancelled` or `timed_out`.",
        "",
    ]
    for title, table, meaning in (
        ("Executions", "execution_transitions", _OF_EXECUTIONS),
        ("Assignments", "assignment_transitions", _OF_ASSIGNMENTS),
    ):
        rows = transitions(table)
        lines += [f"## {title}", "", "| status | what is true in it |", "| --- | --- |"]
        lines += [f"| `{status}` | {text} |" for status, text in meaning.items()]
        lines += ["", "| from | to | done by |", "| --- | --- | --- |"]
        lines += [f"| `{row.from_status}` | `{row.to_status}` | {', '.join(f'`{name}`' for name in row.done_by)} |" for row in rows]
        lines += [""]
    return "\n".join(lines)


_OF_EXECUTIONS: Final = {
    "pending": "It has not begun: a lock or its virtual user's sweep comes first.",
    "running": "Something in it is pending or running, a retry delay included.",
    "waiting": "Nothing is pending or running, and it waits for a timer, an order or a signal, not for a person.",
    "paused": "Nothing is pending or running, and it waits for a person.",
    "completed": "It ended at END, or nothing was left to do.",
    "failed": "An error that nothing catches ended it, or FAIL did.",
    "cancelled": "An operator ended it.",
    "timed_out": "It took longer than its workflow allows.",
}
_OF_ASSIGNMENTS: Final = {
    "holding": "A join that waits for tokens; it has at least one.",
    "pending": "It waits to be claimed by a worker, or for its virtual user; not before `due_at`.",
    "running": "A worker has it; its attempt times out at `due_at`, if that is set.",
    "waiting": "It waits only for what `wait_for` names: a time, a person, a signal, or an earlier visit of the same node (order).",
    "completed": "It is done, and has left through its ports.",
    "failed": "No attempt is left, or the error is final. It leaves if its node's `on_error` says so.",
    "cancelled": "It was ended before it was done: by an operator, by the end of its execution, or because it came too late for a join.",
}


def _sql_files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "migrations":
            yield from _sql_files(entry)
        elif entry.name.endswith(".sql"):
            yield entry


def main() -> None:
    """Writes the page into the folder that the argument names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "states.md").write_text(states_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
