"""A visit sees the same input whether the worker handed it over by itself or the database sent it."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.types.json import Json

from interlock.json_text import DIGITS
from interlock.nodes import Completed, NodeExecutionContext, NodeExecutionResult, NodeExecutor, NodeExecutorFactory
from interlock.nodes.contract import ModelClass
from interlock.worker.held import HeldAssignment
from interlock.worker.outbox import Outbox
from interlock.worker.stored_order import in_stored_order
from interlock.worker.work import HandedOver, Work
from tests.json_text.values import JSON, NUMBERS, TEXT, nested
from tests.worker.engine import Engine
from tests.worker.executors import NoParameters, TestNodes

KEYS = TEXT | st.sampled_from(["", "a", "b", "aa", "B", "é", "ß", "zz", "日", "\U0001f600", "a.b", '"', "\\", '":'])
OUTPUTS = st.dictionaries(KEYS, JSON | st.sampled_from(NUMBERS), max_size=6)
CHOSEN: list[dict[str, Any]] = [
    {},
    *({"number": number} for number in NUMBERS),
    {"": 1, "b": 2, "a": 3, "aa": 4, "é": 5, "zz": 6},
    {"nested": {"b": [{"d": 1, "c": {"zz": 1, "y": 2}}], "a": None}},
    {"text": "\u2028 \x7f \U0001f600 é \\ \" '", "empty": [[], {}, ""]},
    {"zero": [-0.0, 0.0, {"x": -0.0}]},
    {"word": "-0.0 null \\u0000 1e+22"},
    {"digits": "9" * 400, "long": "x" * 20_000},
    nested(100),
    {"whole": 10**DIGITS - 1, "other": [1.0, 1, True]},
]


class Give(NodeExecutor[NoParameters]):
    """Returns what the test has prepared for the number in its input."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "GIVE"
    parameters: ClassVar[ModelClass] = NoParameters

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []

    def renew(self) -> "Give":
        return self

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        return Completed(output=self.outputs[context.input["place"]])


class See(NodeExecutor[NoParameters]):
    """Remembers its input by the execution's subject, and what else it was told."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "SEE"
    parameters: ClassVar[ModelClass] = NoParameters

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}
        self.inputs: list[Mapping[str, Any]] = []

    def renew(self) -> "See":
        return self

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        execution = {name: value for name, value in context.scope.execution.items() if name not in {"id", "started_at"}}
        key = context.idempotency_key.replace(context.execution_id, "execution")
        told = (key, context.visit, context.attempt, context.scope.nodes, context.scope.context, execution, context.scope.subject)
        assert context.scope.execution["id"] == context.execution_id
        assert context.subject is not None
        self.seen[context.subject] = (exactly(context.input), told, context.timeout_seconds is None)
        self.inputs.append(context.input)
        return Completed(output={})


def exactly(value: Any) -> Any:
    """A form that is equal only for the same types, the same order of keys, and the same sign of zero."""
    if isinstance(value, dict):
        return ("object", [(key, exactly(item)) for key, item in value.items()])
    if isinstance(value, list):
        return ("list", [exactly(item) for item in value])
    if isinstance(value, float):
        return ("float", value.hex(), math.copysign(1, value))
    return (type(value).__name__, value if not isinstance(value, int) else hex(value))


@pytest.fixture
def give() -> Give:
    return Give()


@pytest.fixture
def see() -> See:
    return See()


@pytest.fixture
async def nodes(give: Give, see: See) -> TestNodes:
    made = TestNodes()
    made.factory = NodeExecutorFactory([give, see])
    return made


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the visits that workers were handed over without being sent them."""
    ids: list[str] = []
    begin = Work.begin_handed_over

    def begin_and_note(work: Work, visits: Sequence[HandedOver], now: str) -> Mapping[int, int]:
        ids.extend(visit[1] for visit in visits)
        return begin(work, visits, now)

    monkeypatch.setattr(Work, "begin_handed_over", begin_and_note)
    return ids


async def seen_by(engine: Engine, see: See, count: int) -> dict[str, Any]:
    """What the second node of each execution saw."""
    see.seen = {}
    executions = [{"input": {"place": place}, "subject": f"case {place}"} for place in range(count)]
    started = await engine.control.start_executions("pass on", executions)
    async with engine.worker(queues={"default": 1000}) as worker:
        ended = await engine.ended(*(execution.execution_id for execution in started if execution.execution_id))
        assert worker.statistics.claimed == 2 * count
    assert {execution["status"] for execution in ended} == {"completed"}
    return see.seen


@pytest.mark.parametrize("timeout_seconds", [None, 60])
async def test_what_is_handed_over_is_what_would_be_claimed(
    engine: Engine, database_url: str, give: Give, see: See, handed: list[str], timeout_seconds: int | None
) -> None:
    await engine.deploy("pass on", {"give": "GIVE", "see": {"subtype": "SEE", "timeout_seconds": timeout_seconds}})
    give.outputs = [*CHOSEN, *some_of(OUTPUTS, 150)]
    handed_over = await seen_by(engine, see, len(give.outputs))
    count = len(handed)
    assert count >= len(give.outputs) - 1  # the lean path leaves what is nested very deep to the other one
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("do $$ begin execute format('alter database %I set interlock.lean_path = ''off''', current_database()); end $$")
    claimed = await seen_by(engine, see, len(give.outputs))
    assert len(handed) == count, "the database handed over what the test wants to have claimed"
    assert len(claimed) == len(give.outputs)
    for name, value in claimed.items():
        assert handed_over[name] == value, name


async def test_an_executor_never_shares_its_output_with_the_next_one(engine: Engine, give: Give, see: See) -> None:
    await engine.deploy("pass on", {"give": "GIVE", "see": "SEE"})
    give.outputs = [{"list": [1], "b": {"c": 1}}] * 2
    await seen_by(engine, see, 2)
    given, first, second = give.outputs[0], *see.inputs
    assert given == first == second
    assert len({id(given), id(first), id(second)}) == 3
    assert len({id(one["list"]) for one in (given, first, second)}) == 3


def test_keys_are_put_in_the_order_of_the_database(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        for value in some_of(st.dictionaries(KEYS, st.dictionaries(KEYS, st.none(), max_size=4), max_size=8), 200):
            row = connection.execute("select %s::jsonb::text", [Json(value)]).fetchone()
            assert row is not None
            assert exactly(in_stored_order(value)) == exactly(json.loads(row[0]))


@given(OUTPUTS)
def test_an_output_that_the_database_changes_is_asked_back(output: dict[str, Any]) -> None:
    """What the outbox calls exact has no negative zero, no float of 1e16 or more, and no whole number beyond 64 bits."""
    outbox = Outbox(1024 * 1024)
    nothing: Any = None
    outbox.put([(HeldAssignment(nothing, nothing, 0, ("e", "a", 1), {}), {"outcome": "completed", "output": output})])
    [report] = outbox.take().reports
    assert report.is_exact != (b'"echo":true' in report.encoded())
    if report.is_exact:
        assert exactly(report.output()) == exactly(in_stored_order(output))
        assert not any(changes(number) for number in numbers_in(output))


def numbers_in(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        return [number for item in (value.values() if isinstance(value, dict) else value) for number in numbers_in(item)]
    return [value] if isinstance(value, int | float) else []


def changes(number: float) -> bool:
    if isinstance(number, int):
        return not -(2**63) <= number < 2**64
    return abs(number) >= 1e16 or (number == 0 and math.copysign(1, number) < 0)


def some_of(strategy: st.SearchStrategy[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many values of a strategy, the same ones every time."""
    found: list[dict[str, Any]] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None)
    @given(strategy)
    def gather(value: dict[str, Any]) -> None:
        found.append(value)

    gather()
    return found
