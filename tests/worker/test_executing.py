"""From claim to result: what executors do, and what they must not do."""

from typing import Any

import pytest

from interlock.controlplane.listener import ListenerState
from interlock.nodes import NodeExecutorFactory
from tests.worker.engine import Engine, plain_connection, until
from tests.worker.executors import Echo
from tests.worker.turned_clock import TurnedClock


async def test_a_chain_runs_to_its_end(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO", "b": "ECHO", "c": "ECHO"})
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("chain", {"n": 1}))
    assert (execution["status"], execution["output"]) == ("completed", {"c": {"n": 1}})


async def test_many_executions_end_once_each(engine: Engine) -> None:
    await engine.deploy("chain", {f"n{number}": "ECHO" for number in range(5)})
    started = await engine.start("chain", *({"n": number} for number in range(300)))
    async with engine.worker() as worker:
        ended = await engine.ended(*started)
        exchanges = worker.exchange_count
    assert [execution["output"] for execution in ended] == [{"n4": {"n": number}} for number in range(300)]
    assert await engine.one("select count(*) from interlock.assignments where status = 'completed'") == 300 * 6
    assert exchanges < 300  # batches formed by themselves


async def test_templates_are_rendered_over_the_scope(engine: Engine) -> None:
    await engine.deploy(
        "render",
        {
            "a": "ECHO",
            "b": {"subtype": "RENDER", "parameters": {"text": "{{ name }} of {{ execution.workflow }}", "count": "{{ nodes['a'].output.n + 1 }}"}},
        },
    )
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("render", {"name": "Ada", "n": 41}))
    assert execution["output"] == {"b": {"text": "Ada of render", "count": 42}}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [({"text": "{{ missing }}"}, "expression_missing_name"), ({"count": "{{ name }}"}, "parameters_invalid")],
)
async def test_parameters_that_cannot_be_rendered_fail_at_once_and_say_why(engine: Engine, parameters: dict[str, Any], code: str) -> None:
    await engine.deploy("render", {"b": {"subtype": "RENDER", "parameters": parameters, "retry": {"max_attempts": 5}}})
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("render", {"name": "Ada"}))
    assert execution["status"] == "failed"
    assert execution["error"]["code"] == code


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("final", "never"),
        ("reserved_code", "error_code_reserved"),
        ("no_result", "result_malformed"),
        ("no_json", "result_not_json"),
        ("nul", "result_not_storable"),
        ("hidden_nul", "result_refused"),
        ("deep", "result_not_json"),
        ("large", "result_too_large"),
        ("unknown_port", "port_unknown"),
        ("waits_for_a_person", "wait_not_possible"),
        ("raises", "executor_raised"),
        ("exits", "executor_raised"),
        ("raises_what_cannot_be_printed", "executor_raised"),
        ("cancels_itself", "cancelled_itself"),
        ("retryable", "not_yet"),
    ],
)
async def test_an_executor_that_misbehaves_fails_its_own_assignment_only(engine: Engine, how: str, code: str) -> None:
    await engine.deploy("bad", {"a": "MISBEHAVE"})
    started = await engine.start("bad", {"how": "well"}, {"how": how}, {"how": "well"})
    async with engine.worker():
        first, bad, last = await engine.ended(*started)
    assert (first["status"], bad["status"], last["status"]) == ("completed", "failed", "completed")
    assert bad["error"]["code"] == code
    assert len(bad["error"]["message"]) <= 2000
    assert (bad["error"]["hint"] is None) == (how in {"final", "retryable"}), "what Interlock says of itself has a hint"
    assert "hint" not in bad["error"]["details"]


async def test_an_output_that_is_not_an_object_becomes_one(engine: Engine) -> None:
    await engine.deploy("bad", {"a": "MISBEHAVE"})
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("bad", {"how": "no_object"}))
    assert execution["output"] == {"a": {"value": [1, 2, 3]}}


async def test_a_retryable_error_is_tried_again_and_each_attempt_is_kept(engine: Engine) -> None:
    await engine.deploy("bad", {"a": {"subtype": "MISBEHAVE", "retry": {"max_attempts": 3, "initial_seconds": 0.05, "jitter": 0}}})
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("bad", {"how": "retryable"}))
    assert execution["status"] == "failed"
    assert [attempt["error"]["details"]["attempt"] for attempt in await engine.attempts(execution["id"])] == [1, 2, 3]


async def test_results_can_set_the_context(engine: Engine) -> None:
    await engine.deploy("remember", {"a": "REMEMBER", "b": {"subtype": "RENDER", "parameters": {"text": "{{ context.remembered.n }}!"}}})
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("remember", {"n": 7}))
    assert execution["output"]["b"]["text"] == "7!"


async def test_a_version_with_newer_semantics_fails_at_once_and_says_so(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO"}, semantics=2)
    async with engine.worker(executors=NodeExecutorFactory([Echo()])):
        [execution] = await engine.ended(*await engine.start("chain", {}))
    assert execution["error"]["code"] == "semantics_unknown"


async def test_a_node_that_times_out_is_cancelled_and_counts_as_an_attempt(engine: Engine) -> None:
    await engine.deploy("slow", {"a": {"subtype": "GATE", "timeout_seconds": 0.2}})
    async with engine.worker() as worker:
        [execution] = await engine.ended(*await engine.start("slow", {}))
        await until(lambda: worker.held_count == 0)
    assert execution["status"] == "failed"
    assert engine.nodes.gate.cancelled == [True]
    assert [attempt["outcome"] for attempt in await engine.attempts(execution["id"])] == ["timed_out"]


async def test_a_wait_fires_when_it_is_due_and_not_when_the_worker_polls(engine: Engine) -> None:
    """The worker ticks when the exchange said that something is due. The test turns both clocks to just before that moment, and then to it."""
    nodes: list[dict[str, Any]] = [
        {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "a", "type": "TEST_NODE", "subtype": "ECHO"},
        {"id": "w", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 100}},
        {"id": "b", "type": "TEST_NODE", "subtype": "ECHO"},
    ]
    connections = [{"from": "start", "to": "a"}, {"from": "a", "to": "w"}, {"from": "w", "to": "b"}]
    await engine.save({"name": "wait", "nodes": nodes, "connections": connections})
    clock = TurnedClock()
    async with engine.worker(poll_seconds=3600, tick_seconds=3600, lease_seconds=3600, clock=clock) as worker:
        await until(lambda: worker.listener_state is ListenerState.LISTENING)
        [execution] = await engine.start("wait", {})

        async def is_waiting() -> bool:
            return bool((await engine.execution(execution))["status"] == "waiting")

        await until(is_waiting)
        await until(lambda: clock.waiting == 3)  # the exchange, the ticker, the watch over executors
        ticks = worker.statistics.ticks
        await engine.turn(90)
        clock.turn(90)
        await until(lambda: clock.waiting == 3)
        assert worker.statistics.ticks == ticks
        await engine.turn(10)
        clock.turn(10)
        await engine.ended(execution)


async def test_at_most_the_limit_of_a_queue_is_executed_at_once(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"}, queue="narrow")
    started = await engine.start("gates", *({} for _ in range(12)))
    async with engine.worker(queues={"default": 50, "narrow": 3}):
        await until(lambda: engine.nodes.gate.under_way == 3)
        engine.nodes.gate.opened.set()
        await engine.ended(*started)
    assert engine.nodes.gate.most_under_way == 3


async def test_a_node_that_names_no_queue_is_claimed_from_the_queue_of_its_type(engine: Engine) -> None:
    await engine.deploy("heavy", {"a": "HEAVY", "b": {"subtype": "HEAVY", "queue": "default"}})
    async with engine.worker(queues={"heavy": 1, "default": 1}):
        [execution] = await engine.ended(*await engine.start("heavy", {}))
    assert (await engine.visit(execution["id"], "a"))["queue"] == "heavy"
    assert (await engine.visit(execution["id"], "b"))["queue"] == "default"


async def test_a_full_queue_does_not_delay_other_queues(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"}, queue="narrow")
    await engine.deploy("chain", {"a": "ECHO", "b": "ECHO"})
    async with engine.worker(queues={"narrow": 1, "default": 5}):
        await engine.start("gates", {}, {})
        await until(lambda: engine.nodes.gate.under_way == 1)
        await engine.ended(*await engine.start("chain", *({} for _ in range(20))))
    assert engine.nodes.gate.most_under_way == 1


async def test_one_result_that_the_database_refuses_does_not_poison_its_batch(engine: Engine) -> None:
    await engine.deploy("gates", {"g": "GATE", "a": "MISBEHAVE"})
    async with engine.worker():
        started = await engine.start("gates", *({"how": "hidden_nul" if number in {13, 14, 40} else "well"} for number in range(50)))
        await until(lambda: engine.nodes.gate.under_way == 50)
        engine.nodes.gate.opened.set()
        ended = await engine.ended(*started)
    assert [number for number, execution in enumerate(ended) if execution["status"] == "failed"] == [13, 14, 40]
    assert {execution["error"]["code"] for execution in ended if execution["error"]} == {"result_refused"}


async def test_a_single_result_after_which_the_database_cannot_go_on_fails_its_execution(engine: Engine) -> None:
    """The database says so itself, as of a batch: the node that returned the result did nothing wrong."""
    await engine.deploy("chain", {"a": "ECHO", "b": "ECHO"})
    async with await plain_connection(engine.url) as connection:
        await connection.execute(
            """create function refuse() returns trigger language plpgsql as $$
               begin
                   if exists (select from interlock.nodes n where n.version_id = new.version_id and n.node_no = new.node_no and n.node_id = 'b') then
                       raise 'no place for b';
                   end if;
                   return new;
               end $$"""
        )
        await connection.execute("create trigger refuse before insert on interlock.assignments for each row execute function refuse()")
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("chain", {"n": 1}))
    assert (execution["status"], execution["error"]["code"]) == ("failed", "IL099")
    assert "no place for b" in str(execution["error"])
    assert (await engine.visit(execution["id"], "a"))["status"] != "failed"


async def test_a_lane_that_waits_in_the_database_leaves_the_other_one_free(engine: Engine) -> None:
    """The third try to report waits for the lock of the execution, and every other result of its lane with it."""
    await engine.deploy("gates", {"g": "GATE", "a": "ECHO"})
    async with engine.worker():
        started = await engine.start("gates", *({} for _ in range(12)))
        await until(lambda: engine.nodes.gate.under_way == 12)
        held = next(execution for execution in started if execution.int % 2 == 1)
        other_lane = [execution for execution in started if execution.int % 2 == 0]
        async with await plain_connection(engine.url) as holder, holder.transaction():
            await holder.execute("select from interlock.executions where id = %s for no key update", [held])
            engine.nodes.gate.opened.set()

            async def waits() -> bool:
                query = "select count(*) = 1 from pg_stat_activity where %s = any (pg_blocking_pids(pid))"
                return bool(await engine.one(query, holder.info.backend_pid))

            await until(waits)
            await engine.ended(*other_lane)
        ended = await engine.ended(*started)
    assert {execution["status"] for execution in ended} == {"completed"}


async def test_a_result_of_a_busy_execution_is_sent_again_and_delays_no_other(engine: Engine) -> None:
    await engine.deploy("gates", {"g": "GATE"})
    async with engine.worker():
        held, other = await engine.start("gates", {}, {})
        await until(lambda: engine.nodes.gate.under_way == 2)
        async with await plain_connection(engine.url) as holder, holder.transaction():
            await holder.execute("select from interlock.executions where id = %s for no key update", [held])
            engine.nodes.gate.opened.set()
            await engine.ended(other)
            assert (await engine.visit(held, "g"))["status"] == "running"
        await engine.ended(held)
    assert len(engine.nodes.gate.came) == 2


async def test_an_execution_reads_the_same_whether_the_database_or_a_worker_evaluates(engine: Engine) -> None:
    """The context has what the database filled in; the worker compares it with what it sees itself."""
    values = {"execution": "{{ execution }}", "at": "{{ execution.started_at }}"}
    same = "{{ execution == context.execution and execution.started_at == context.at }}"
    await engine.deploy(
        "same",
        {
            "keep": {"type": "FLOW_NODE", "subtype": "SET_CONTEXT", "parameters": {"values": values}},
            "compare": {"subtype": "RENDER", "parameters": {"text": f"{same} {{{{ execution.keys() }}}}"}},
        },
    )
    async with engine.worker():
        [execution] = await engine.ended(*await engine.start("same", {}))
    assert execution["error"] is None
    assert execution["output"]["compare"]["text"] == 'true ["id", "workflow", "version", "started_at"]'
