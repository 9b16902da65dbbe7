"""Each rule is in one place: how a visit begins, how it ends, the kinds of nodes, what time moves, what the audit log records."""

import json
import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

from interlock.controlplane.schema import schema_folders
from interlock.definition import FLOW_NODE_TYPES, NodeTypes, WorkflowDefinition, compile_definition, validate_definition
from interlock.definition.model.base import DefinitionModel
from interlock.definition.node_types import NodeKind
from interlock.nodes import Completed, NodeExecutionContext, NodeExecutor
from tests.controlplane.plane import Plane, completed, result
from tests.model.graphs import flow, step


def sources() -> Iterator[tuple[str, str]]:
    """Returns every function of the tree: its name, and its text without comments."""
    for folder in schema_folders():
        for file in folder.iterdir():
            if file.name != "tables.sql":
                yield file.name.removesuffix(".sql"), without_comments(file)


def without_comments(file: Traversable) -> str:
    return re.sub("--.*", "", file.read_text(encoding="utf-8"))


def writers(pattern: str) -> set[str]:
    return {name for name, text in sources() if re.search(pattern, text)}


def test_visits_begin_through_one_decision_and_two_writers() -> None:
    assert writers(r"interlock\.decide_openings\(p_openings, p_budget, p_taker, p_now\) d") == {"open_visits", "begin_standing"}
    assert writers(r"insert into interlock\.assignments") == {
        "open_visits",
        "place_token",
        "place_tokens",
        "start_executions",
        "start_one_plain",
        "start_test_run",
        "take_over",
        "record_plain",
        "exchange_one_plain",
        "record_ahead",
        "finish_into_joins",
    }


def test_visits_end_in_one_place() -> None:
    """And on the lean path, which does for plain results what the general one would do: tests/model plays every graph both ways."""
    assert writers(r"update interlock\.assignments a\s+set status") == {
        "finish",
        "begin_standing",
        "take_assignments",
        "record_plain",
        "exchange_one_plain",
        "finish_into_joins",
    }
    assert writers(r"update interlock\.executions e\s+set status") == {"end_executions", "update_statuses", "complete_execution"}
    assert writers(r"parent_assignment_id is null as leaves") == {"finish"}


def test_one_function_writes_the_audit_log() -> None:
    assert writers(r"into interlock\.audit_log") == {"record_audit"}


def test_no_function_compares_a_kind_of_node_with_a_literal() -> None:
    literals = "|".join(kind.value for kind in NodeKind)
    assert writers(rf"\bkind (=|<>|in|is distinct from) *\(?'({literals})'") == set()
    assert writers(rf"when '({literals})' then") == set()


def test_one_view_defines_what_may_be_claimed() -> None:
    """The indexes repeat its condition, as an index has to."""
    assert writers(r"lock_key is null and a\.loss_count < 2") == set()
    assert writers(r"status = 'pending' and not \w+\.suspended and \w+\.queue is not null") == set()


async def test_kinds_of_nodes_are_the_same_in_the_database_and_in_definitions(plane: Plane) -> None:
    rows = await plane.rows("select kind, needs_worker from interlock.node_kinds")
    assert {row["kind"] for row in rows} >= {kind.value for kind in NodeKind}
    resolvers = {row["proname"] for row in await plane.rows("select proname from pg_proc where pronamespace = 'interlock'::regnamespace")}
    assert {f"resolve_{row['kind']}" for row in rows if not row["needs_worker"]} <= resolvers


class EchoParameters(DefinitionModel):
    """What the database needs is its program."""

    word: str

    def inline(self) -> dict[str, Any] | None:
        return {"word": self.word}


class Echo(NodeExecutor[EchoParameters]):
    """Leaves through `loud` and remembers what it heard."""

    type = "FLOW_NODE"
    subtype = "ECHO"
    parameters = EchoParameters
    kind = "echo"
    ports = ("loud",)

    async def execute(self, context: NodeExecutionContext[EchoParameters]) -> Completed:
        return Completed(output=context.input, port="loud")


async def test_a_new_kind_of_node_is_one_executor_one_function_and_one_row(plane: Plane) -> None:
    await plane.execute(
        """create function interlock.resolve_echo(p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid,
               p_now timestamptz) returns interlock.resolution language sql immutable
           as $$ select row('completed', array['loud'], null, null,
                  jsonb_build_object(p_inline ->> 'word', p_input -> 'x'))::interlock.resolution $$"""
    )
    await plane.execute(
        """insert into interlock.node_kinds (kind, actor, actor_of_joins, needs_worker, starts_execution, ends_execution, reads_input, passes_input,
               is_always_fatal, may_wait, swept_by)
           values ('echo', 'ROUTER', 'ROUTER', false, false, false, true, true, false, false, 'route')"""
    )
    await plane.execute("select interlock.make_resolver()")
    node_types = NodeTypes([*FLOW_NODE_TYPES, Echo.info()])
    definition = {
        "name": "echo",
        "nodes": [{"id": "S", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, flow("E", "ECHO", {"word": "heard"}), flow("J", "JOIN")],
        "connections": [{"from": "S", "to": "E"}, {"from": "E", "port": "loud", "to": "J"}],
    }
    assert validate_definition(definition, node_types).is_valid
    compiled = compile_definition(WorkflowDefinition.model_validate(definition), node_types).to_json()
    await plane.control.save_workflow("echo", definition, compiled, "a checksum")
    execution = await plane.start("echo", x=5)
    found = await plane.execution(execution)
    assert (found["status"], found["context"]) == ("completed", {"heard": 5})
    assert await plane.visits(execution) == {"E/1": "completed", "J/1": "completed"}


async def test_timers_are_all_that_time_moves_and_the_next_tick_is_the_first_of_them(plane: Plane) -> None:
    await plane.deploy([flow("W", "WAIT", {"seconds": 100}), step("A", timeout_seconds=50)], ["S -> W", "S -> A"], timeout_seconds=1000)
    await plane.start()
    worker = await plane.worker(lease=500)
    await worker.claim()
    rows = await plane.rows("select kind, extract(epoch from due_at - interlock.now())::float8 as seconds from interlock.timers order by due_at")
    assert [(row["kind"], round(row["seconds"], -1)) for row in rows] == [
        ("assignment", 50), ("assignment", 100), ("lease", 500), ("deadline", 1000),
    ]  # fmt: skip
    assert 40 < await plane.value("select interlock.next_tick_seconds(interlock.now())") <= 50
    await plane.execute("update interlock.executions set unsettled = true")
    assert await plane.value("select interlock.next_tick_seconds(interlock.now())") == 0


async def test_a_missing_lock_key_follows_the_error_policy_however_the_node_is_reached(plane: Plane) -> None:
    """FAIL's own failure is always fatal; a missing key for its lock is not its own failure."""
    failing = flow("F", "FAIL", {"message": "no"}, lock="{{ key }}", on_error="continue")
    await plane.deploy([step("A"), failing, step("Z")], ["S -> A", "A -> F", "F -> Z"], name="straight")
    await plane.deploy(
        [step("A"), step("B"), {**failing, "join": "all"}, step("Z")], ["S -> A", "S -> B", "A -> F", "B -> F", "F -> Z"], name="joined"
    )
    for name in ("straight", "joined"):
        execution = await plane.start(name)
        worker = await plane.worker()
        await worker.report(*(completed(held) for held in (await worker.claim()).values()))
        assert (await plane.visits(execution))["F/1"] == "failed", name
        held = (await worker.claim())["Z/1"]
        assert held.input["error"]["code"] == "lock_key_missing", name
        await plane.control.stop_worker(worker.id)


async def test_a_result_may_ask_only_for_waits_that_can_end(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    for what in ("person", "signal", "callback", "order", "turn", "nothing"):
        answers, _ = await worker.exchange(result(held, "waiting", wait={"for": what}))
        assert answers == ["IL004"], what
    assert (await plane.visits(execution)) == {"A/1": "running"}


async def test_a_context_has_a_size_and_a_depth(plane: Plane) -> None:
    grow = flow("G", "SET_CONTEXT", {"values": {"all": "{{ context }}"}}, join="each")
    again = flow("I", "IF", {"condition": "n == 1"})
    await plane.deploy([grow, again], ["S -> G", "G -> I", "I.false -> G"], name="deep")
    execution = await plane.start("deep", n=0)
    while await plane.status(execution) == "running":
        await plane.control.tick()
    assert (await plane.execution(execution))["error"]["code"] == "value_too_deep"
    assert await plane.value("select interlock.is_too_deep(context) from interlock.executions where id = %s", execution) is False

    await plane.deploy([step("A", on_error="continue"), step("Z")], ["S -> A", "A -> Z"], name="large")
    execution = await plane.start("large")
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    large = [f"{number:032x}" for number in range(250_000)]
    await plane.execute("update interlock.executions set context = jsonb_build_object('rows', %s::jsonb) where id = %s", json.dumps(large), execution)
    await worker.report(completed(held, {}, context={"more": "x"}))
    held = (await worker.claim())["Z/1"]
    assert held.input["error"]["code"] == "context_too_large"
    assert "more" not in (await plane.execution(execution))["context"]
