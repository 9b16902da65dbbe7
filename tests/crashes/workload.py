"""The work that is under way when something dies: a plain sequence and a plain fork, a loop, a retry, two kinds of side effects, a timer, a join, a
router.

The side effects are in a database of their own, on a server that lives on: they are the world outside.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg

from interlock.controlplane import ControlPlane
from interlock.definition import NodeTypes, WorkflowDefinition, compile_definition, definition_checksum
from interlock.nodes import NodeExecutorFactory

EXECUTIONS: Final = 6
_ROUNDS: Final = 2

_WORLD: Final[LiteralString] = """
    create table once (key text primary key, nonce uuid not null default gen_random_uuid(), times integer not null default 1);
    create table log (number bigint generated always as identity, key text not null, nonce uuid not null default gen_random_uuid());
    create function try_it(p_n integer) returns text language plpgsql as $$
    begin
        if nextval('tries_' || p_n) = 1 then  -- no rollback takes back what a sequence gave
            raise exception 'not yet' using errcode = '40001';
        end if;
        return 'tried';
    end $$;
"""


def _action(node_id: str, subtype: str, **parameters: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "ACTION_NODE", "subtype": subtype, "parameters": parameters}


def _flow(node_id: str, subtype: str, **parameters: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "FLOW_NODE", "subtype": subtype, "parameters": parameters}


def _query(node_id: str, query: str, **parameters: str) -> dict[str, Any]:
    return _action(node_id, "SQL_QUERY", database="world", query=query, parameters=parameters)


def _edges(*texts: str) -> list[dict[str, str]]:
    pairs = [text.split(" -> ") for text in texts]
    return [{"from": source.partition(".")[0], "port": source.partition(".")[2] or "main", "to": target} for source, target in pairs]


DEFINITION: Final[dict[str, Any]] = {
    "name": "Crash proof",
    "nodes": [
        {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        # these are plain: one follows the other over the lean path, and workers execute those without side effects ahead
        _query("greet", "insert into log (key) values (:idempotency_key) returning nonce"),
        _action("arrive", "TRANSFORM", values={"n": "{{ nodes['begin'].output.n }}"}),
        _action("prepare", "TRANSFORM", values={"n": "{{ n }}", "twice": "{{ n * 2 }}"}),
        _action("weigh", "TRANSFORM", values={"n": "{{ n }}", "twice": "{{ twice }}"}),
        _action("measure", "TRANSFORM", values={"n": "{{ n }}", "round": "{{ twice - n - n }}"}),
        _query("stamp", "insert into log (key) values (:idempotency_key) returning nonce"),
        _action("after", "TRANSFORM", values={"stamp": "{{ rows[0].nonce }}"}),
        _action("ready", "TRANSFORM", values="{{ nodes['measure'].output }}"),
        _action("file", "TRANSFORM", values={"filed": 1}),
        _action("round", "TRANSFORM", values={"n": "{{ n }}", "round": "{{ round + 1 }}"}),
        _flow("again", "IF", condition=f"round < {_ROUNDS}"),
        _flow("breathe", "WAIT", seconds=0.05),
        _query("once", "insert into once (key) values (:idempotency_key) on conflict (key) do update set times = once.times + 1 returning nonce"),
        _query("log", "insert into log (key) values (:idempotency_key) returning nonce"),
        {**_query("flaky", "select try_it(:n) as said", n="{{ n }}"), "retry": {"max_attempts": 3, "initial_seconds": 0.05}},
        _flow("pause", "WAIT", seconds=0.1),
        _flow("together", "JOIN"),
        _flow("route", "ROUTER", custom_config={"rules": [{"condition": f"n < {EXECUTIONS // 2}", "port": "low"}], "default": "high"}),
        _action("low", "TRANSFORM", values={"kind": "low"}),
        _action("high", "TRANSFORM", values={"kind": "high"}),
        _action(
            "sum_up",
            "TRANSFORM",
            values={
                "n": "{{ nodes['round'].output.n }}",
                "rounds": "{{ nodes['round'].output.round }}",
                "kind": "{{ kind }}",
                "once": "{{ nodes['once'].output.rows[0].nonce }}",
                "log": "{{ nodes['log'].output.rows[0].nonce }}",
                "said": "{{ nodes['flaky'].output.rows[0].said }}",
            },
        ),
        _flow("finish", "END"),
    ],
    "connections": _edges(
        "begin -> greet",
        "greet -> arrive",
        "greet -> file",
        "arrive -> prepare",
        "prepare -> weigh",
        "weigh -> measure",
        "measure -> stamp",
        "stamp -> after",
        "after -> ready",
        "ready -> round",
        "file -> together",
        "round -> again",
        "again.true -> breathe",
        "breathe -> round",
        "again.false -> once",
        "again.false -> log",
        "again.false -> flaky",
        "again.false -> pause",
        "once -> together",
        "log -> together",
        "flaky -> together",
        "pause -> together",
        "together -> route",
        "route.low -> low",
        "route.high -> high",
        "low -> sum_up",
        "high -> sum_up",
        "sum_up -> finish",
    ),
}

INPUTS: Final = [{"n": n, "round": 0} for n in range(EXECUTIONS)]


def expected_visits(n: int) -> set[tuple[str, int]]:
    once = (
        "begin",
        "greet",
        "arrive",
        "prepare",
        "weigh",
        "measure",
        "stamp",
        "after",
        "ready",
        "file",
        "once",
        "log",
        "flaky",
        "pause",
        "together",
        "route",
        "low" if n < EXECUTIONS // 2 else "high",
        "sum_up",
        "finish",
    )
    rounds = range(1, _ROUNDS + 1)
    return {(node, 1) for node in once} | {(node, number) for node in ("round", "again") for number in rounds} | {("breathe", 1)}


def expected_outputs(n: int) -> Mapping[tuple[str, int], Mapping[str, Any]]:
    """Of the visits whose output does not come from the database outside."""
    kind = "low" if n < EXECUTIONS // 2 else "high"
    plain: dict[str, Mapping[str, Any]] = {
        "arrive": {"n": n},
        "prepare": {"n": n, "twice": 2 * n},
        "weigh": {"n": n, "twice": 2 * n},
        "measure": {"n": n, "round": 0},
        "ready": {"n": n, "round": 0},
        "file": {"filed": 1},
        kind: {"kind": kind},
    }
    rounds = {("round", number): {"n": n, "round": number} for number in range(1, _ROUNDS + 1)}
    return {**rounds, **{(node, 1): output for node, output in plain.items()}}


async def make_world(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(_WORLD)
        for n in range(EXECUTIONS):
            await connection.execute(f"create sequence tries_{n}".encode())


async def deploy(control: ControlPlane) -> None:
    definition = WorkflowDefinition.model_validate(DEFINITION)
    node_types = NodeTypes(NodeExecutorFactory.from_entry_points().types())
    compiled = compile_definition(definition, node_types).to_json()
    await control.save_workflow(definition.name, definition.to_json(), compiled, definition_checksum(definition))


async def start(control: ControlPlane) -> Sequence[UUID]:
    """Start all, or find them: the same call twice starts nothing twice."""
    return await _start(control, INPUTS)


async def start_one_by_one(control: ControlPlane) -> Sequence[UUID]:
    """Start all, each in a call of its own, so that the first visits of some are offered to an idle worker."""
    return [execution for given in INPUTS for execution in await _start(control, [given])]


async def _start(control: ControlPlane, inputs: Sequence[Mapping[str, Any]]) -> Sequence[UUID]:
    asked = [{"input": given, "idempotency_key": f"record {given['n']}"} for given in inputs]
    return [one.execution_id for one in await control.start_executions(DEFINITION["name"], asked) if one.execution_id]
