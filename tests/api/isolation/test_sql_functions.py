"""Every SQL function that the API calls, limited to a second workspace and asked for what belongs to the first one, finds and changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from interlock.api.operations import OPERATIONS
from tests.api.isolation.arena import Arena, arena_of
from tests.api.isolation.digests import digest_of, rows_of, tables_changed
from tests.api.isolation.function_rules import FUNCTIONS, NOT_LIMITED, FunctionRule
from tests.api.isolation.reading import read_as
from tests.api.isolation.texts import labelled, secrets_in
from tests.api.isolation.twins import Number, original_of, twin_of, without
from tests.api.isolation.worlds import World
from tests.api.operations.python_calls import reached_from
from tests.api.serving import Api
from tests.model.versions import compiled

ALSO_CALLED: Final = (
    ("interlock.api.watching", "ExecutionWatcher.__aenter__"),
    ("interlock.api.rest.endpoints", "endpoint_of"),
    ("interlock.api.rest.metrics", "metrics"),
    ("interlock.api.grpc.answering", "Answering.answer"),
    ("interlock.api.grpc.answering", "Answering.stream"),
)
"""What calls SQL functions besides the services."""
WITHOUT_EFFECT: Final[Mapping[tuple[str, str], str]] = {
    ("create_workspace", "p_name"): "the first workspace has a name that everybody knows",
    ("exchange", "p_request"): "each call has another one",
    ("list_api_keys", "p_after_id"): "a place in the list",
    ("list_drafts", "p_after_id"): "a place in the list",
    ("list_executions", "p_before_id"): "a place in the list",
    ("register_worker", "p_queues"): "a worker may name any queue",
    ("register_worker", "p_registered_by"): "whoever asks",
    ("register_worker", "p_workspaces"): "a call that is limited takes its own",
    ("save_draft", "p_workflow_id"): "a saved draft keeps its workflow",
    ("save_workflow", "p_checksum"): "any definition can be saved",
    ("save_workflow", "p_compiled"): "any definition can be saved",
    ("save_workflow", "p_definition"): "any definition can be saved",
    ("start_test_run", "p_checksum"): "any definition can be tested",
    ("start_test_run", "p_compiled"): "any definition can be tested",
    ("start_test_run", "p_definition"): "any definition can be tested",
    ("start_test_run", "p_name"): "a test run takes any name",
    ("start_test_run", "p_trigger"): "of the definition that is tested",
    ("update_user", "p_by_user"): "counts only for people who are in several workspaces",
    ("update_workflow", "p_checksum"): "any definition can be saved",
    ("update_workflow", "p_compiled"): "any definition can be saved",
    ("update_workflow", "p_definition"): "any definition can be saved",
    ("use_credential", "p_workspace_id"): "a call that is limited takes its own",
}
"""Arguments that make no difference in the own workspace either, with the reason."""
Values = Mapping[str, Any]


def called() -> frozenset[str]:
    """Returns the SQL functions that the code of the API names, itself or in what it calls."""
    starts = [*((f"interlock.api.services.{operation.service}", operation.name) for operation in OPERATIONS.values()), *ALSO_CALLED]
    return frozenset(name for start in starts for name in reached_from(*start).sql_functions)


def test_every_function_that_the_api_calls_has_a_rule() -> None:
    assert called() == {*FUNCTIONS, *NOT_LIMITED}
    assert not FUNCTIONS.keys() & NOT_LIMITED.keys()


async def test_every_argument_has_a_rule(connection: psycopg.AsyncConnection) -> None:
    for name, rule in FUNCTIONS.items():
        assert {*rule.names, *rule.given} == set(await arguments_of(connection, name)), name


async def test_a_function_that_is_limited_finds_and_changes_nothing_of_another_workspace(api: Api, connection: psycopg.AsyncConnection) -> None:
    async with arena_of(api, connection) as arena:
        calling = _Calling(arena, connection)
        for name, rule in FUNCTIONS.items():
            await calling.attack(name, rule)
        assert calling.hits == []
        assert calling.count > 500


async def test_every_argument_would_hit_in_the_own_workspace(api: Api, connection: psycopg.AsyncConnection) -> None:
    """For a call that is limited to the victim's workspace, each argument that names something makes a difference."""
    async with arena_of(api, connection) as arena:
        calling = _Calling(arena, connection, arena.victim)
        idle = {(name, argument) for name, rule in FUNCTIONS.items() for argument in rule.names if not await calling.has_effect(name, rule, argument)}
    assert idle == set(WITHOUT_EFFECT)


async def arguments_of(connection: psycopg.AsyncConnection, function: str) -> Sequence[str]:
    statement = """select p.proargnames[1:p.pronargs] from pg_catalog.pg_proc p where p.pronamespace = 'interlock'::regnamespace and p.proname = %s"""
    [row] = await (await connection.execute(statement, (function,))).fetchall()
    return row[0] or []


class _Calling:
    """Calls functions, limited to a workspace.

    Args:
        limited_to: the workspace; the attackers' if it is not given.
    """

    def __init__(self, arena: Arena, connection: psycopg.AsyncConnection, limited_to: World | None = None) -> None:
        self.arena = arena
        self._workspace_id = (limited_to or arena.own).workspace_id
        self.connection = connection
        self.hits: list[str] = []
        self.count = 0
        self._numbers = count(5_000)

    async def attack(self, name: str, rule: FunctionRule) -> None:
        victim = self.arena.victim.workspace_id
        before, digest = await rows_of(self.connection, victim), await digest_of(self.connection, victim)
        found: list[str] = []
        for asked, given, twin in self._calls(rule):
            self.count += 1
            got, now = await self._call(name, rule, given)
            nowhere, _ = await self._call(name, rule, twin)
            about = f"{name}({given})"
            if now != digest and rule.shows is None:
                found.append(f"{about} changed rows")
            if rule.differs is None and rule.shows is None and labelled(got) != labelled(original_of(nowhere, asked)):
                found.append(f"{about} returned {got}\n    and not what it returns for what exists nowhere:\n{nowhere}")
            if rule.shows is None and (shown := secrets_in(self.arena.secrets | self.arena.names, without(got, asked))):
                found.append(f"{about} shows {shown}: {got}")
        assert await digest_of(self.connection, victim) == digest, await tables_changed(before, self.connection, victim)
        self.hits += [each[:1_000] for each in found[:3]]

    async def has_effect(self, name: str, rule: FunctionRule, argument: str) -> bool:
        """Whether it makes a difference at some place that this argument names what exists."""
        kind, digest = rule.names[argument], await digest_of(self.connection, self.arena.victim.workspace_id)
        for number, place in enumerate(self.arena.victim.places):
            real, twin = _derived(place, number), _derived(twin_of(dict(place)), number)
            given = {each: real[of] for each, of in rule.names.items()} | dict(rule.given)
            got, changed = await self._call(name, rule, given)
            other, also = await self._call(name, rule, given | {argument: twin[kind]})
            if labelled(got) != labelled(original_of(other, [real[kind]])) or (changed == digest) != (also == digest):
                return True
        return False

    def _calls(self, rule: FunctionRule) -> Iterator[tuple[list[Any], Values, Values]]:
        """All arguments of the victim; and each alone, with the others of the attacker."""
        seen = []
        for number, theirs in enumerate(self.arena.victim.places):
            mine = _derived(self.arena.own.places[number % len(self.arena.own.places)], number)
            real, twin = _derived(theirs, number), _derived(twin_of(dict(theirs)), number)
            for chosen in [tuple(rule.names), *((name,) for name in rule.names)] if rule.names else [()]:
                given, other = (
                    {name: (values if name in chosen else mine)[kind] for name, kind in rule.names.items()} | dict(rule.given)
                    for values in (real, twin)
                )
                if given not in seen and (given != other or not rule.names):
                    seen.append(given)
                    yield [theirs.get(rule.names[name], real[rule.names[name]]) for name in chosen], given, other

    async def _call(self, name: str, rule: FunctionRule, given: Values) -> tuple[str, str]:
        """Returns the answer, and the digest of the victim's rows before everything is undone."""
        if "p_request" in given:
            given = {**given, "p_request": next(self._numbers)}
        call = sql.SQL("select x::text from interlock.{}({}) x").format(
            sql.Identifier(name), sql.SQL(", ").join(sql.SQL("{} => {}").format(sql.Identifier(key), sql.Placeholder(key)) for key in given)
        )
        answer = ""
        async with self.connection.transaction(force_rollback=True):
            await self.connection.execute("select set_config('interlock.workspace', %s, true)", (str(self._workspace_id),))
            if rule.reads:
                await read_as(self.connection, self._workspace_id)
            try:
                async with self.connection.transaction():
                    rows = await (await self.connection.execute(call, {key: _sent(value) for key, value in given.items()})).fetchall()
                    answer = "\n".join(str(row[0]) for row in rows)
            except psycopg.Error as error:
                diagnostic = error.diag
                answer = f"{error.sqlstate} {diagnostic.message_primary} {diagnostic.message_detail} {diagnostic.message_hint}"
            await self.connection.execute("reset role")
            return answer, await digest_of(self.connection, self.arena.victim.workspace_id)


def _derived(place: Values, number: int) -> dict[str, Any]:
    """A place with the forms that values have in SQL."""
    definition = place["definition"]
    form, checksum = compiled({**definition, "nodes": _model_nodes(definition["nodes"])})
    result = {
        "execution_id": place["execution"],
        "assignment_id": place["assignment"],
        "attempt": place["attempt"],
        "outcome": "completed",
        "output": {},
    }
    execution = {"input": {"lock": "same"}, "subject": place["subject"], "idempotency_key": place["idempotency_key"]}
    return {
        **place,
        "workflow_name": definition["name"],
        "compiled": form,
        "checksum": checksum,
        "executions": [execution, {**execution, "idempotency_key": f"{place['idempotency_key']} {number}"}],
        "queues": [place["queue"], "default"],
        "workspaces": [place["workspace"]],
        "fresh_number": number,
        "results": [result],
    }


def _model_nodes(nodes: Sequence[Any]) -> list[Any]:
    """The compiler of the model knows no node that calls."""
    return [{**node, "type": "TEST_NODE", "subtype": "STEP", "parameters": {}} if node["type"] == "ACTION_NODE" else node for node in nodes]


def _sent(value: Any) -> Any:
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, list):
        return Jsonb(value) if value and isinstance(value[0], dict) else [_sent(item) for item in value]
    if isinstance(value, Number):
        return int(value)
    return str(value) if isinstance(value, str) else value
