"""A visit sees the same input whether it runs ahead of a report, is handed over, or is claimed."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import pytest

from interlock.json_text import UnreadableValue, WrittenJson, read_json
from interlock.nodes import Completed, NodeExecutionContext, NodeExecutionResult, NodeExecutorFactory
from tests.modes import Mode
from tests.worker.engine import Engine
from tests.worker.executors import NoParameters, TestNodes
from tests.worker.test_handing_over import CHOSEN, OUTPUTS, Give, See, changes, give, handed, numbers_in, see, some_of

__all__ = ["give", "handed", "see"]

TWICE: Final = b'{"b":1,"a":2,"b":3}'
"""An object with a key twice. Only an executor that writes JSON itself can give one; of the two, the last one counts."""
LEAST_AHEAD: Final = 40
"""Of the outputs that may be followed by a visit that runs ahead. A machine that has much to do leaves some to the database."""


class PassOn(See):
    """Has no side effects: remembers its input, and returns it with the keys in the opposite order, so that the next one needs them ordered again."""

    subtype: ClassVar[str] = "PASS_ON"
    has_side_effects: ClassVar[bool] = False

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        await super().execute(context)
        return Completed(output={key: context.input[key] for key in reversed(list(context.input))})


@pytest.fixture
def middle() -> PassOn:
    return PassOn()


@pytest.fixture
async def nodes(give: Give, middle: PassOn, see: See) -> TestNodes:
    made = TestNodes()
    made.factory = NodeExecutorFactory([give, middle, see])
    return made


async def play(engine: Engine, count: int, **settings: Any) -> set[str]:
    """Runs an execution for each output. Returns those whose visits ran ahead, by subject."""
    asked = [{"input": {"place": place}, "subject": f"case {place}"} for place in range(count)]
    started = await engine.control.start_executions("pass on", asked)
    executions = [one.execution_id for one in started if one.execution_id]
    async with engine.worker(queues={"default": 1000}, **settings):
        ended = await engine.ended(*executions)
    assert [execution["status"] for execution in ended] == ["completed"] * count
    ahead = """select e.subject from interlock.executions e join interlock.assignments a on a.execution_id = e.id
               join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
               where e.id = any (%s) and n.node_id = 'middle' and a.started_at = a.ended_at and a.worker_id is not null"""
    return {row["subject"] for row in await engine.rows(ahead, executions)}


def differing(one: dict[str, Any], other: dict[str, Any], outputs: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The outputs after which something else was seen, by subject."""
    assert one.keys() == other.keys() == {f"case {place}" for place in range(len(outputs))}
    return {subject: f"{outputs[int(subject.split()[1])]!r:.300}" for subject, told in one.items() if told != other[subject]}


async def test_what_runs_ahead_sees_what_it_would_be_handed_and_what_would_be_claimed(
    engine: Engine,
    database_url: str,
    give: Give,
    middle: PassOn,
    see: See,
    handed: list[str],
) -> None:
    """Numbers, the order of keys, keys that are there twice, text, sizes and depths, as executors make them: the database has seen none before."""
    await engine.deploy("pass on", {"give": "GIVE", "middle": "PASS_ON", "see": "SEE"})
    give.outputs = [*CHOSEN, {"text": WrittenJson(TWICE)}, *some_of(OUTPUTS, 150)]
    count = len(give.outputs)
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = []
    ahead = await play(engine, count)
    handed_ahead = len(handed)
    seen.append((middle.seen, see.seen))
    for lean in (True, False):
        middle.seen, see.seen = {}, {}
        await Mode(is_lean=lean).prepare(database_url)
        before = len(handed)
        assert await play(engine, count, run_ahead=False) == set()
        assert (len(handed) - before >= 2 * count - 2) if lean else len(handed) == before, "each the other way"
        seen.append((middle.seen, see.seen))
    for claimed_or_handed in seen[1:]:
        assert differing(seen[0][0], claimed_or_handed[0], give.outputs) == {}, "of the visit that runs ahead"
        assert differing(seen[0][1], claimed_or_handed[1], give.outputs) == {}, "of the visit that follows it"
    assert len(ahead) >= LEAST_AHEAD
    assert handed_ahead >= len(ahead), "what follows one that ran ahead was handed over"
    inexact = {f"case {place}" for place, output in enumerate(give.outputs) if any(map(changes, numbers_in(output)))}
    assert inexact
    assert not inexact & ahead, "the database would have changed a number before the visit saw it"


def test_a_key_that_is_given_twice_is_refused_when_it_is_read() -> None:
    """So an input of an execution has none. `tests/json_text/test_refused_everywhere.py` shows it for every way in."""
    with pytest.raises(UnreadableValue, match="given twice") as refused:
        read_json(TWICE)
    assert refused.value.code == "duplicate_key"
