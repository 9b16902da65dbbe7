"""Two walls, each of which holds alone: every statement that reads has its condition, and the role that reads sees the rows of one workspace."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.api.isolation.arena import Arena, arena_of
from tests.api.isolation.reading import read_as
from tests.api.isolation.statements import PARAMETER, statements
from tests.api.isolation.texts import labelled, secrets_in
from tests.api.isolation.twins import original_of, twin_of
from tests.api.serving import Api

_MOVING: Final = re.compile(r"-?\d+\.\d+|datetime\.datetime\([^)]*\)")
Place = Mapping[str, Any]

NAMED: Final[Mapping[str, Callable[[Place], Any]]] = {
    "assigned_to": lambda place: place["guest"],
    "assignment": lambda place: place["assignment"],
    "assignments": lambda place: [place["assignment"]],
    "execution": lambda place: place["execution"],
    "executions": lambda place: [place["execution"]],
    "key": lambda place: place["workflow_id"],
    "names": lambda place: [place["credential_name"]],
    "node": lambda place: place["node"],
    "nodes": lambda place: [place["node"]],
    "queue": lambda place: place["queue"],
    "queues": lambda place: [place["queue"]],
    "reference": lambda place: place["workflow"],
    "search": lambda place: place["search"],
    "subject": lambda place: place["subject"],
    "tag": lambda place: place["tag"],
    "worker": lambda place: place["worker"],
    "workflow": lambda place: place["workflow_id"],
    "workflow_id": lambda place: place["workflow_id"],
}
"""What the parameters name that name something; those that are an id without a list begin or end there."""
FIXED: Final[Mapping[str, Any]] = {
    "after": None,
    "after_at": "-infinity",
    "after_execution": "00000000-0000-0000-0000-000000000000",
    "after_id": "00000000-0000-0000-0000-000000000000",
    "at": "2026-01-01T00:00:00Z",
    "attempts": [1],
    "before": None,
    "before_at": "infinity",
    "before_id": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "count_limit": 1_000,
    "created_from": "-infinity",
    "created_to": "infinity",
    "first": [True],
    "highest": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "input": Jsonb({}),
    "limit": 1_000,
    "tests": "include",
    "lowest": "00000000-0000-0000-0000-000000000000",
    "many_open": 1,
    "many_visits": 1,
    "minutes": 60,
    "most": 1_000_000,
    "open_limit": 1_000,
    "overdue": 0,
    "queue_limit": 1_000,
    "request": 1_000_000,
    "seconds": 60,
    "shown": 100,
    "since": "-infinity",
    "statuses": ["pending", "running", "waiting", "paused", "completed", "failed", "cancelled", "timed_out", "holding"],
    "version": None,
}
"""The other parameters."""
FIXED_IN: Final[Mapping[str, Mapping[str, Any]]] = {
    "changes": {"since": [0]},
    "execution_details": {"since": 0, "after": "00000000-0000-0000-0000-000000000000"},
}
"""Parameters that mean something else in one module."""
FILTERS: Final = frozenset({"assigned_to", "queue", "search", "subject", "tag", "workflow", "workflow_id"})
"""Parameters that may be null: then the statement asks for everything."""


def test_every_parameter_of_every_statement_has_a_value() -> None:
    assert len(statements()) > 40
    for place, text in statements().items():
        given = {**FIXED, **FIXED_IN.get(place.partition(":")[0], {})}
        assert set(PARAMETER.findall(text)) <= {"workspace", *NAMED, *given}, place


@pytest.mark.parametrize("wall", ["conditions", "row-level security"])
async def test_no_statement_reads_anything_of_another_workspace(api: Api, connection: psycopg.AsyncConnection, wall: str) -> None:
    """The conditions alone: with the rights of the owner. Row-level security alone: with the id of the victim for the conditions."""
    async with arena_of(api, connection) as arena:
        reading = _Reading(arena, connection, arena.own.workspace_id)
        hits = []
        for place, text in statements().items():
            for asked, given, twin in _values(arena, place, text):
                if wall == "conditions":
                    got, nowhere = [await reading.as_owner(text, {**each, "workspace": arena.own.workspace_id}) for each in (given, twin)]
                else:
                    got, nowhere = [await reading.as_reader(text, {**each, "workspace": arena.victim.workspace_id}) for each in (given, twin)]
                if (found := secrets_in(arena.secrets | arena.names, got)) or _still(got) != _still(original_of(nowhere, asked)):
                    hits.append(f"{place}, asked for {asked}: {found} in {got[:300]}; nowhere: {nowhere[:300]}")
        assert hits == [], "\n".join(hits)


async def test_what_statements_ask_for_is_there(api: Api, connection: psycopg.AsyncConnection) -> None:
    """In the victim's workspace each statement that names something finds something."""
    async with arena_of(api, connection) as arena:
        reading = _Reading(arena, connection, arena.victim.workspace_id)
        idle = set()
        for place, text in statements().items():
            if set(PARAMETER.findall(text)) & NAMED.keys() and not await _finds_something(reading, arena, place, text):
                idle.add(place)
        assert idle == set()


async def _finds_something(reading: "_Reading", arena: Arena, place: str, text: str) -> bool:
    """Whether it shows something of the victim, or makes a difference that what it asks for exists."""
    for asked, given, twin in _values(arena, place, text):
        got, nowhere = [await reading.as_reader(text, {**each, "workspace": arena.victim.workspace_id}) for each in (given, twin)]
        if secrets_in(arena.secrets | arena.names, got) or _still(got) != _still(original_of(nowhere, asked)):
            return True
    return False


async def test_the_role_that_reads_sees_no_row_of_another_workspace_in_any_table_or_view(api: Api, connection: psycopg.AsyncConnection) -> None:
    async with arena_of(api, connection) as arena:
        statement = "select relname from pg_class where relnamespace = 'interlock'::regnamespace and relkind in ('r', 'v', 'm')"
        names = [row[0] for row in await (await connection.execute(statement)).fetchall()]
        assert len(names) > 50
        hits = {}
        for workspace in (str(arena.own.workspace_id), "", "0", str(2**31 - 1)):
            for name in names:
                async with connection.transaction(force_rollback=True):
                    for what in ("select on all tables", "execute on all functions"):
                        await connection.execute(f"grant {what} in schema interlock to interlock_reader".encode())
                    await connection.execute(
                        "select set_config('interlock.workspace', %s, true), set_config('role', 'interlock_reader', true)", (workspace,)
                    )
                    rows = await (await connection.execute(sql.SQL("select t::text from interlock.{} t").format(sql.Identifier(name)))).fetchall()
                text = "\n".join(str(row[0]) for row in rows)
                if found := secrets_in(arena.secrets | arena.names, text):
                    hits[name, workspace] = found
        assert hits == {}, hits


def _still(text: str) -> str:
    """Without what time moves."""
    return _MOVING.sub("<number>", labelled(text))


class _Reading:
    """Runs statements as the API does for a workspace."""

    def __init__(self, arena: Arena, connection: psycopg.AsyncConnection, workspace_id: int) -> None:
        self._connection = connection
        self._workspace_id = workspace_id

    async def as_reader(self, text: str, values: Mapping[str, Any]) -> str:
        async with self._connection.transaction(force_rollback=True):
            await read_as(self._connection, self._workspace_id)
            return await self._rows(text, values)

    async def as_owner(self, text: str, values: Mapping[str, Any]) -> str:
        async with self._connection.transaction(force_rollback=True):
            await self._connection.execute("select set_config('interlock.workspace', %s, true)", (str(self._workspace_id),))
            return await self._rows(text, values)

    async def _rows(self, text: str, values: Mapping[str, Any]) -> str:
        used = {name: values[name] for name in PARAMETER.findall(text)}
        cursor = await self._connection.execute(text.encode(), used or None)
        return "\n".join(str(row) for row in await cursor.fetchall())


def _values(arena: Arena, place: str, text: str) -> Iterator[tuple[list[Any], dict[str, Any], dict[str, Any]]]:
    """What is asked for, with and without each filter: of the victim, and of nobody."""
    names = set(PARAMETER.findall(text))
    fixed = {**FIXED, **FIXED_IN.get(place.partition(":")[0], {})}
    seen = []
    for each in arena.victim.places:
        theirs = {**each, "guest": str(arena.guest.id)}
        named = {name: NAMED[name](theirs) for name in names & NAMED.keys()}
        for given in (named, {name: None if name in FILTERS else value for name, value in named.items()}):
            if given not in seen:
                seen.append(given)
                yield [value for value in given.values() if value is not None], {**fixed, **given}, {**fixed, **twin_of(given)}
