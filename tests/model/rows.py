"""All rows of executions, written so that two databases can be compared: ids are replaced by names, and times and numbers by their order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, LiteralString

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""The rows of one execution, by table."""

_TABLES: Final[Mapping[str, LiteralString]] = {
    "executions": "interlock.executions x where x.id",
    "assignments": "interlock.assignments x where x.execution_id",
    "tokens": "interlock.tokens x where x.execution_id",
    "context_changes": "interlock.context_changes x where x.execution_id",
    "attempts": "interlock.assignment_attempts x where x.execution_id",
    "revocations": "interlock.revocations x where x.execution_id",
}
_VISIT_NAMES: Final[LiteralString] = """
    select a.id::text as id, n.node_id || '/' || a.visit as name
    from interlock.assignments a join interlock.nodes n using (version_id, node_no) where a.execution_id = any (%s)"""
_WORKER_NAMES: Final[LiteralString] = "select id::text as id, name from interlock.workers"

_OF_VISITS: Final = frozenset(
    {"previous_assignment_id", "parent_assignment_id", "source_id", "witness_id", "from_assignment_id", "assignment_id", "end_id"}
)
_OF_EXECUTIONS: Final = frozenset({"execution_id", "source_execution_id", "root_id", "retried_from"})
_OF_DEFINITIONS: Final = frozenset({"version_id", "workflow_id"})
_NUMBERS: Final = frozenset({"change_number", "token_number"})
_OF_CLAIMS: Final = frozenset({"claim_request", "worker_id", "started_at", "due_at"})


async def read_rows(
    connection: psycopg.AsyncConnection[Any], executions: Sequence[str], names: Mapping[str, str], *, is_exact: bool, in_time: bool = True
) -> dict[str, Rows]:
    """Returns the rows of executions.

    Args:
        names: of the executions, and of all others that they refer to, by their ids.
        in_time: the order of all times is part of it. Otherwise only whether they are there.
        is_exact: who claimed a visit, in which request and when, is part of it. Otherwise only whether it has been claimed.
    """
    ids = list(executions)
    found: dict[str, Rows] = {execution: {table: [] for table in _TABLES} for execution in ids}
    sources = {*ids}
    cursor = connection.cursor(row_factory=dict_row)
    for table, rows in _TABLES.items():
        async for found_row in await cursor.execute(f"select to_jsonb(x) as row from {rows} = any (%s)", (ids,)):
            row = found_row["row"]
            execution = row["id"] if table == "executions" else row["execution_id"]
            found[execution][table].append(row)
            sources.add(row.get("source_execution_id") or execution)
    visits = {row["id"]: row["name"] async for row in await cursor.execute(_VISIT_NAMES, (list(sources),))}
    workers = {row["id"]: row["name"] async for row in await cursor.execute(_WORKER_NAMES)}
    named = _Names(names, visits, workers, is_exact=is_exact, in_time=in_time)
    return {names[execution]: named.of_rows(rows) for execution, rows in found.items()}


class _Names:
    def __init__(
        self, executions: Mapping[str, str], visits: Mapping[str, str], workers: Mapping[str, str], *, is_exact: bool, in_time: bool
    ) -> None:
        self._executions = executions
        self._visits = visits
        self._workers = workers
        self._is_exact = is_exact
        self._in_time = in_time

    def of_rows(self, rows: Rows) -> Rows:
        every = [row for of_table in rows.values() for row in of_table]
        times = _places(value for row in every for name, value in row.items() if name.endswith("_at") and self._is_told(name))
        is_retry = any(row["retried_from"] is not None for row in rows["executions"])
        numbers = {name: _places(row.get(name) for row in every if _is_in_order(row, is_retry=is_retry)) for name in _NUMBERS}
        named = {table: [self._of_row(table, row, times, numbers) for row in of_table] for table, of_table in rows.items()}
        return {table: sorted(of_table, key=str) for table, of_table in named.items()}

    def _is_told(self, name: str) -> bool:
        if name.endswith("_at") and not self._in_time:
            return False
        return self._is_exact or name not in _OF_CLAIMS

    def _of_row(self, table: str, row: Row, times: Mapping[Any, int], numbers: Mapping[str, Mapping[Any, int]]) -> Row:
        named: Row = {}
        for name, value in row.items():
            if name in _OF_DEFINITIONS:
                continue
            if value is None:
                named[name] = None
            elif not self._is_told(name):
                named[name] = "there"
            elif name.endswith("_at"):
                named[name] = times[value]
            elif name in _NUMBERS:
                named[name] = numbers[name].get(value, "there")
            elif name == "id":
                named[name] = self._executions[value] if table == "executions" else self._visits[value]
            elif name in _OF_VISITS:
                named[name] = self._visits[value]
            elif name in _OF_EXECUTIONS:
                named[name] = self._executions[value]
            elif name == "worker_id":
                named[name] = self._workers[value]
            elif name == "error" and "due_at" in value:
                named[name] = {**value, "due_at": value["due_at"] is not None}
            else:
                named[name] = value
        return named


def _is_in_order(row: Row, *, is_retry: bool) -> bool:
    """Whether the order in which rows changed says something: not of claims, nor of what one statement cancels or takes over into a retry."""
    return "token_number" in row or (row.get("status") == "completed" and "node_no" in row and not is_retry)


def _places(values: Iterable[Any]) -> dict[Any, int]:
    """The place of each value in their order, from 1; equal ones have one place."""
    return {value: place for place, value in enumerate(sorted({value for value in values if value is not None}), 1)}


def differences(one: Rows, other: Rows) -> list[str]:
    """What differs between the rows of one execution in two databases, in words."""
    found: list[str] = []
    for table in one:
        left, right = _by_key(table, one[table]), _by_key(table, other[table])
        for key in sorted(left.keys() | right.keys(), key=str):
            if key not in left or key not in right:
                found.append(f"{table} {key}: only {'in the first' if key in left else 'in the second'}")
                continue
            found += [
                f"{table} {key}: {name} is {left[key][name]!r} in the first and {right[key][name]!r} in the second"
                for name in left[key]
                if left[key][name] != right[key][name]
            ]
    return found


_KEYS: Final[Mapping[str, Sequence[str]]] = {
    "executions": ("id",),
    "assignments": ("id",),
    "tokens": ("join_node", "visit", "slot"),
    "context_changes": ("revision",),
    "attempts": ("assignment_id", "attempt", "loss_count"),
    "revocations": ("worker_id", "assignment_id", "attempt"),
}


def _by_key(table: str, rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in _KEYS[table]): row for row in rows}
