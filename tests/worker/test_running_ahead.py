"""A worker runs nodes without side effects ahead of a report, and nobody can tell from what is stored."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from pydantic import BaseModel, ConfigDict

from interlock.controlplane import SlimExchange
from interlock.json_text import WrittenJson
from interlock.nodes import (
    Completed,
    CredentialName,
    FinalError,
    NamesCredential,
    NodeExecutionContext,
    NodeExecutionResult,
    NodeExecutor,
    NodeExecutorFactory,
    RetryableError,
    Waiting,
)
from interlock.nodes.contract import Isolation, ModelClass
from interlock.tracing import Tracing
from interlock.worker import Worker
from interlock.worker.exchange_connection import ExchangeConnection
from tests.worker.engine import Engine, Row, until
from tests.worker.executors import TestNodes
from tests.worker.test_handing_over import exactly

AHEAD = "started_at = ended_at and worker_id is not null"  # nothing between is so quick


AGAIN = {"max_attempts": 2, "initial_seconds": 0.01}


class Does(BaseModel):
    model_config = ConfigDict(extra="forbid")

    does: str = ""
    text: Any = None
    credential: Annotated[CredentialName, NamesCredential()] | None = None


class Pure(NodeExecutor[Does]):
    """Has no side effects: counts in its output, or does what its parameter says. Remembers what it was told."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "PURE"
    parameters: ClassVar[ModelClass] = Does
    ports: ClassVar[tuple[str, ...]] = ("main", "side")
    has_side_effects: ClassVar[bool] = False

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.runs: list[str] = []
        self.hooks: dict[str, Callable[[], None]] = {}

    def renew(self) -> "Pure":
        return self

    async def execute(self, context: NodeExecutionContext[Does]) -> NodeExecutionResult:
        self.runs.append(context.node.id)
        if hook := self.hooks.get(context.node.id):
            hook()
        key = context.idempotency_key.replace(context.execution_id, "execution")
        execution = {name: value for name, value in context.scope.execution.items() if name not in {"id", "started_at"}}
        told = (exactly(context.input), key, context.visit, context.attempt, context.subject, execution, context.timeout_seconds is None)
        self.told.append((context.node.id, told))
        return await self._result(context)

    async def _result(self, context: NodeExecutionContext[Does]) -> NodeExecutionResult:
        match context.parameters.does:
            case "fails":
                raise FinalError("never", "it never works")
            case "fails_once":
                if context.attempt == 1:
                    raise RetryableError("not_yet", "try again")
            case "raises":
                raise ZeroDivisionError
            case "exits":
                raise SystemExit(3)
            case "waits":
                return Waiting(for_="time", seconds=0.01)
            case "side":
                return Completed(output={}, port="side")
            case "remembers":
                return Completed(output={}, context={"a": 1})
            case "sleeps":
                await asyncio.sleep(0.03)
            case "blocks":
                time.sleep(0.01)  # noqa: ASYNC251 - that is the point
            case "awaits":
                await asyncio.sleep(0)
            case "cannot be stored":
                return Completed(output={"text": "a\x00b"})
            case "gives a large number":
                return Completed(output={"number": 10**30, "float": 1e22})
            case "is large":
                return Completed(output={"text": "x" * 30_000})
            case "gives":
                return Completed(output=context.parameters.text)
        return Completed(output={"count": context.input.get("count", 0) + 1})


class Apart(Pure):
    """Declares no side effects, and runs in a process of its own."""

    subtype: ClassVar[str] = "APART"
    isolation: ClassVar[Isolation] = "process"


class Effect(Pure):
    """Has side effects."""

    subtype: ClassVar[str] = "EFFECT"
    has_side_effects: ClassVar[bool] = True


@pytest.fixture
def pure() -> Pure:
    return Pure()


@pytest.fixture
def effect() -> Effect:
    return Effect()


@pytest.fixture
async def nodes(pure: Pure, effect: Effect) -> TestNodes:
    made = TestNodes()
    made.factory = NodeExecutorFactory([pure, effect, Apart(), made.gate])
    return made


def chain(*does: str | Row) -> dict[str, Row]:
    """Nodes n1, n2, … without side effects, each doing what is said; or with other fields."""
    return {
        f"n{number}": {"subtype": "PURE", "parameters": {"does": one}} if isinstance(one, str) else {"subtype": "PURE", **one}
        for number, one in enumerate(does, 1)
    }


async def ahead_of(engine: Engine, execution: UUID) -> list[str]:
    """The nodes whose visits ran ahead of a report, in the order in which they changed."""
    statement = f"""select n.node_id from interlock.assignments a join interlock.nodes n using (version_id, node_no)
                    where execution_id = %s and {AHEAD} and a.status = 'completed' order by change_number"""
    return [row["node_id"] for row in await engine.rows(statement, execution)]


async def rows_of(engine: Engine, execution: UUID) -> list[Row]:
    """All that is stored of the visits, but times, ids and who claimed them when."""
    statement = """select n.node_id, a.status, a.visit, a.attempt, a.loss_count, a.output, a.error, a.queue, a.ports, a.requires, a.is_indexed,
                          before.node_no as after, a.worker_id is not null as has_worker, a.due_at is null as is_not_due
                   from interlock.assignments a join interlock.nodes n using (version_id, node_no)
                   left join interlock.assignments before on before.execution_id = a.execution_id and before.id = a.previous_assignment_id
                   where a.execution_id = %s order by a.change_number"""
    return await engine.rows(statement, execution)


async def run(engine: Engine, workflow: str, given: Row | None = None, **settings: Any) -> UUID:
    async with engine.worker(**settings):
        [execution] = await engine.start(workflow, given or {})
        await engine.ended(execution)
    return execution


async def test_nodes_without_side_effects_run_ahead_of_one_report(engine: Engine) -> None:
    await engine.deploy("chain", chain(*[""] * 10))
    async with engine.worker() as worker:
        [execution] = await engine.start("chain", {})
        [ended] = await engine.ended(execution)
        assert (worker.statistics.claimed, worker.statistics.completed) == (10, 10)
    assert ended["output"] == {"n10": {"count": 10}}
    assert await ahead_of(engine, execution) == [f"n{number}" for number in range(2, 11)]


async def test_what_is_stored_is_what_is_stored_without_it(engine: Engine, pure: Pure) -> None:
    await engine.deploy("chain", chain("", "awaits", "", "gives a large number", "", {"parameters": {"does": "fails_once"}, "retry": AGAIN}, ""))
    stored, told = [], []
    for run_ahead in (True, False):
        execution = await run(engine, "chain", {"b": 1, "a": {"zz": 1, "y": 2}}, run_ahead=run_ahead)
        assert bool(await ahead_of(engine, execution)) == run_ahead
        stored.append((await rows_of(engine, execution), (await engine.execution(execution))["output"]))
        told.append({told[0]: told[1] for told in pure.told})
        pure.told, pure.runs = [], []
    assert stored[0] == stored[1]
    assert told[0] == told[1]


CUTS: dict[str, tuple[Sequence[str | Row], list[str]]] = {
    "a failure": (["", "", "fails", ""], ["n2"]),
    "another exception": (["", "", {"parameters": {"does": "raises"}, "retry": {"max_attempts": 1}}, ""], ["n2"]),
    "an exit": (["", "", {"parameters": {"does": "exits"}, "retry": {"max_attempts": 1}}, ""], ["n2"]),
    "a wait": (["", "", "waits", ""], ["n2"]),
    "a port": (["", "", "side", ""], ["n2"]),
    "a change of the context": (["", "", "remembers", ""], ["n2"]),
    "what cannot be stored": (["", "", "cannot be stored", ""], ["n2"]),
    "a number that the worker does not read as the database writes it": (["", "", "gives a large number", "", ""], ["n2", "n5"]),
    "time that an executor waits": (["", "", "sleeps", "", ""], ["n2", "n4", "n5"]),
    "side effects": (["", "", {"subtype": "EFFECT"}, "", ""], ["n2", "n4", "n5"]),
    "a process": (["", "", {"subtype": "APART"}, "", ""], ["n2", "n4", "n5"]),
    "a node that reads another one": (["", "", {"parameters": {"text": "{{ nodes.n1.output }}"}}, "", ""], ["n2", "n4", "n5"]),
    "a node that reads the context": (["", "", {"parameters": {"text": "{{ context }}"}}, "", ""], ["n2", "n4", "n5"]),
    "parameters that are refused": (["", "", {"parameters": {"does": "{{ input }}", "credential": None}}, ""], ["n2"]),
}


@pytest.mark.parametrize("cut", CUTS)
async def test_a_chain_ends_before_what_cannot_run_ahead(engine: Engine, cut: str) -> None:
    does, ahead = CUTS[cut]
    await engine.deploy("chain", chain(*does))
    executions = [await run(engine, "chain", run_ahead=run_ahead) for run_ahead in (True, False)]
    assert await ahead_of(engine, executions[0]) == ahead
    assert await ahead_of(engine, executions[1]) == []
    ends = [await engine.execution(execution) for execution in executions]
    assert [ends[0][key] for key in ("status", "output")] == [ends[1][key] for key in ("status", "output")]
    with_ahead, without = [[{**row, "error": row["error"] and row["error"]["code"]} for row in await rows_of(engine, one)] for one in executions]
    assert with_ahead == without


async def test_at_most_50_visits_run_ahead_of_one_report(engine: Engine) -> None:
    await engine.deploy("long", chain(*[""] * 60))
    execution = await run(engine, "long")
    ahead = await ahead_of(engine, execution)
    assert len(ahead) == 58
    assert "n52" not in ahead, "51 were reported together, and n52 was handed over"
    assert (await engine.execution(execution))["output"] == {"n60": {"count": 60}}


async def test_visits_run_ahead_for_five_milliseconds(engine: Engine) -> None:
    """An executor that blocks cannot be interrupted, and the next one does not begin."""
    await engine.deploy("slow", chain("", "blocks", "", ""))
    execution = await run(engine, "slow")
    assert await ahead_of(engine, execution) == ["n2", "n4"]


async def test_a_node_that_took_long_does_not_run_ahead_again(engine: Engine, pure: Pure) -> None:
    await engine.deploy("slow", chain("", "sleeps"))
    async with engine.worker():
        for _ in range(3):
            await engine.ended(*await engine.start("slow", {}))
    assert pure.runs.count("n2") == 4, "only the first execution tried it"


async def test_outputs_that_ran_ahead_stay_together_below_the_limit_of_one_report(engine: Engine) -> None:
    await engine.deploy("large", chain("", *["is large"] * 9))
    execution = await run(engine, "large", payload_limit=100_000)
    assert await ahead_of(engine, execution) == ["n2", "n3", "n4", "n6", "n7", "n9", "n10"]
    assert (await engine.execution(execution))["status"] == "completed"


async def test_a_timeout_of_a_node_counts_while_it_runs_ahead(engine: Engine) -> None:
    await engine.deploy("short", chain("", {"parameters": {"does": "blocks"}, "timeout_seconds": 0.005}, ""))
    execution = await run(engine, "short")
    assert await ahead_of(engine, execution) == []
    [ended] = await engine.ended(execution)
    assert ended["status"] == "failed"


async def test_a_node_with_side_effects_starts_after_the_commit_of_everything_before_it(engine: Engine, effect: Effect) -> None:
    """Proven by what another connection sees when it starts."""
    seen: list[list[tuple[str, str]]] = []

    def look() -> None:
        statement = (
            "select n.node_id, a.status from interlock.assignments a join interlock.nodes n using (version_id, node_no) order by change_number"
        )
        with psycopg.connect(engine.url) as connection:
            seen.append(connection.execute(statement).fetchall())

    effect.hooks = {"n4": look, "n7": look}
    has_effects = {"subtype": "EFFECT"}
    await engine.deploy("effects", chain(has_effects, "", "", has_effects, "", "", has_effects))
    execution = await run(engine, "effects")
    assert await ahead_of(engine, execution) == ["n2", "n3", "n5", "n6"]
    assert seen == [[("start", "completed"), *((f"n{number}", "completed") for number in range(1, last)), (f"n{last}", "running")] for last in (4, 7)]


async def test_a_first_node_with_side_effects_is_reported_with_what_ran_ahead_of_its_report(engine: Engine, effect: Effect) -> None:
    await engine.deploy("effect", chain({"subtype": "EFFECT"}, "", ""))
    execution = await run(engine, "effect")
    assert effect.runs == ["n1"]
    assert await ahead_of(engine, execution) == ["n2", "n3"]


async def test_what_ran_ahead_of_a_suspended_execution_runs_again_when_it_continues(engine: Engine, nodes: TestNodes, pure: Pure) -> None:
    await engine.deploy("gated", {"gate": {"subtype": "GATE"}} | chain("", ""))
    async with engine.worker() as worker:
        [execution] = await engine.start("gated", {})
        await until(lambda: nodes.gate.came != [])
        await engine.control.suspend(execution)
        nodes.gate.opened.set()
        await until(lambda: worker.held_count == 0)
        await until(lambda: worker.statistics.completed == 3)
        assert pure.runs == ["n1", "n2"]
        await until(lambda: _status(engine, execution, "n1", "pending"))
        assert [row["node_id"] for row in await rows_of(engine, execution)] == ["start", "gate", "n1"]
        await engine.control.continue_(execution)
        [ended] = await engine.ended(execution)
    assert ended["output"] == {"n2": {"count": 2}}
    assert pure.runs == ["n1", "n2"] * 2


async def _status(engine: Engine, execution: UUID, node_id: str, status: str) -> bool:
    return any((row["node_id"], row["status"]) == (node_id, status) for row in await rows_of(engine, execution))


async def test_what_ran_ahead_of_a_cancelled_execution_is_not_stored(engine: Engine, nodes: TestNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    await engine.deploy("gated", {"gate": {"subtype": "GATE"}} | chain("", ""))
    async with engine.worker(heartbeat_seconds=2) as worker:
        [execution] = await engine.start("gated", {})
        await until(lambda: nodes.gate.came != [])
        await engine.control.cancel(execution)
        nodes.gate.opened.set()
        await until(lambda: worker.held_count == 0)
    assert [(row["node_id"], row["status"]) for row in await rows_of(engine, execution)] == [("start", "completed"), ("gate", "cancelled")]


async def test_nothing_runs_ahead_while_a_worker_drains(engine: Engine, nodes: TestNodes, pure: Pure) -> None:
    await engine.deploy("gated", {"gate": {"subtype": "GATE"}} | chain("", ""))
    async with engine.worker() as worker:
        [execution] = await engine.start("gated", {})
        await until(lambda: nodes.gate.came != [])
        worker.stop()
        nodes.gate.opened.set()
        await until(lambda: worker.held_count == 0)
    assert pure.runs == []
    assert [(row["node_id"], row["status"]) for row in await rows_of(engine, execution)][1:] == [("gate", "completed"), ("n1", "pending")]


async def test_a_result_counts_though_the_worker_hands_back_while_something_runs_ahead_of_it(engine: Engine, pure: Pure) -> None:
    """The second signal comes while n2 waits. What n1 has done is reported."""
    await engine.deploy("waits", chain("", "sleeps", ""))
    async with engine.worker() as worker:
        control = asyncio.get_running_loop()
        pure.hooks["n2"] = lambda: (control.call_soon_threadsafe(worker.stop), control.call_soon_threadsafe(worker.stop), None)[2]
        [execution] = await engine.start("waits", {})
        await until(lambda: worker.held_count == 0 and pure.runs == ["n1", "n2"])
    assert [(row["node_id"], row["status"]) for row in await rows_of(engine, execution)][1:] == [("n1", "completed"), ("n2", "pending")]


@pytest.mark.parametrize("problem", ["refused", "too slow"])
async def test_a_result_that_the_database_refuses_is_sent_again_without_what_ran_ahead(
    engine: Engine, caplog: pytest.LogCaptureFixture, problem: str
) -> None:
    await engine.deploy("chain", chain("", "", ""))
    does = "raise exception 'not this one'" if problem == "refused" else "perform pg_sleep(60)"
    trigger = f"""create function public.refuse() returns trigger language plpgsql as $$ begin {does}; return new; end $$;
                  create trigger refuse before insert on interlock.assignments for each row
                  when (new.status = 'completed' and new.worker_id is not null) execute function public.refuse()"""
    async with await psycopg.AsyncConnection.connect(engine.url, autocommit=True) as connection:
        await connection.execute(trigger.encode())
    with caplog.at_level(logging.ERROR):
        execution = await run(engine, "chain", statement_seconds=0.3)
    [ended] = await engine.ended(execution)
    assert (ended["status"], ended["output"]) == ("completed", {"n3": {"count": 3}})
    assert await ahead_of(engine, execution) == []


async def test_a_reply_that_was_lost_is_given_again(engine: Engine, pure: Pure, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange, lost = ExchangeConnection.exchange_slim, 0

    async def lose(connection: ExchangeConnection, worker_id: UUID, request: int, results: WrittenJson, **asked: Any) -> SlimExchange:
        nonlocal lost
        reply = await exchange(connection, worker_id, request, results, **asked)
        if results.text != b"[]" and lost < 3:
            lost += 1
            raise ConnectionError
        return reply

    monkeypatch.setattr(ExchangeConnection, "exchange_slim", lose)
    await engine.deploy("chain", chain("", "", {"subtype": "EFFECT"}, "", ""))
    execution = await run(engine, "chain")
    assert lost == 3
    assert pure.runs == ["n1", "n2", "n4", "n5"]
    assert (await engine.execution(execution))["output"] == {"n5": {"count": 5}}


async def test_the_setting_turns_it_off(engine: Engine) -> None:
    await engine.deploy("chain", chain("", "", ""))
    execution = await run(engine, "chain", run_ahead=False)
    assert await ahead_of(engine, execution) == []


async def test_an_executor_that_runs_ahead_has_no_assignment_yet(engine: Engine, pure: Pure, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []

    async def tell(self: Pure, context: NodeExecutionContext[Does]) -> NodeExecutionResult:
        told.append((context.node.id, context.assignment_id))
        return Completed(output={})

    monkeypatch.setattr(Pure, "_result", tell)
    await engine.deploy("chain", chain("", "", ""))
    execution = await run(engine, "chain")
    assert told == [("n1", str((await engine.visit(execution, "n1"))["id"])), ("n2", ""), ("n3", "")]


async def test_a_visit_that_runs_ahead_is_a_span_without_an_id(engine: Engine, nodes: TestNodes) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    await engine.deploy("chain", chain("", "", "fails"))
    async with engine.working(Worker(engine.settings(), nodes.factory, tracing=Tracing(provider))):
        [execution] = await engine.start("chain", {})
        await engine.ended(execution)
    told = [
        (span.name, "interlock.assignment_id" in span.attributes, "interlock.ran_ahead" in span.attributes, span.attributes["interlock.outcome"])
        for span in spans.get_finished_spans()
        if span.attributes is not None
    ]
    assert told == [
        ("n1", True, False, "completed"),
        ("n2", False, True, "completed"),
        ("n3", True, False, "failed"),
    ]


async def test_nothing_runs_ahead_of_a_visit_that_was_lost_before(engine: Engine, pure: Pure, effect: Effect) -> None:
    """What ended the worker may be what ran ahead. It is to be found, without repeating a visit with side effects again and again."""
    await engine.deploy("chain", {"n1": "EFFECT", **{f"n{number}": "PURE" for number in (2, 3, 4)}})
    [execution] = await engine.start("chain", {})
    await engine.rows("update interlock.assignments set loss_count = 1 where status = 'pending' returning id")
    seen: list[str] = []

    def look() -> None:
        with psycopg.connect(engine.url) as other:
            rows = other.execute("select status from interlock.assignments where execution_id = %s and node_no = 1", [execution]).fetchall()
        seen.extend(row[0] for row in rows)

    pure.hooks["n2"] = look
    async with engine.worker():
        await engine.ended(execution)
    assert (effect.runs, seen) == (["n1"], ["completed"])
    assert await ahead_of(engine, execution) == []
