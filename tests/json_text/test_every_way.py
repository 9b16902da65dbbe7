"""Numbers through every way in, every node and every way out: what one node may give, the next may take, and everybody reads the same."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from interlock.api.models.assignments import AssignmentOutcome
from interlock.json_text import STANDARD_LIMITS, read_json
from tests.cli.command import interlock
from tests.json_text.values import FINITE, LARGE_FLOATS, NUMBERS, WHOLE, nested, same
from tests.json_text.ways import Ways, guest, node, steps_of, ways

__all__ = ["guest", "ways"]

Start = Callable[[dict[str, Any]], Awaitable[UUID]]

NUMBER = WHOLE | FINITE | LARGE_FLOATS | st.sampled_from(NUMBERS)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(numbers=NUMBERS)
@given(numbers=st.lists(NUMBER, min_size=1, max_size=20))
async def test_numbers_are_the_same_through_every_way_and_every_node(ways: Ways, numbers: list[int | float]) -> None:
    starts: list[Start] = [ways.rest, ways.over_client, ways.over_grpc, ways.control_plane, ways.sql]
    for start in starts:
        told = await ways.told(await start({"numbers": numbers}))
        [begin, copy, code, http, sql, keep, again, last] = steps_of(told)
        for step in (begin, copy, code):
            assert same(step[1], {"numbers": numbers}), (start, step)
        assert same(http[1]["body"], {"numbers": numbers}), start
        assert same(sql[1]["rows"], [{"back": {"numbers": numbers}}]), start
        assert same(last[1], {"numbers": numbers, "kept": numbers}), start
        assert same(told["context"], {"kept": numbers, "again": numbers}), start
        assert same(told["output"], {"last": last[1]}), start
        assert same([step[0] for step in (copy, code, http)], [{"numbers": numbers}] * 3), start
        assert all(step[0] is not None for step in (keep, again))


async def test_numbers_are_the_same_on_the_command_line(ways: Ways, tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text(json.dumps({"numbers": NUMBERS}))
    remote = {"INTERLOCK_URL": ways.api.url, "INTERLOCK_API_KEY": ways.key}
    command = partial(interlock, "run", "numbers", "--no-work", "--json", "--input")
    for run in (
        partial(command, f"@{tmp_path / 'input.json'}", database=ways.url),
        partial(command, "-", stdin=json.dumps({"numbers": NUMBERS}), environment=remote),
    ):
        done = await asyncio.to_thread(run)
        assert done.code == 0, done.said
        document = read_json(done.stdout.strip())
        expected = {"last": {"numbers": NUMBERS, "kept": NUMBERS}}
        assert same(document["output"], expected)
        assert same(document["input"], {"numbers": NUMBERS})
        told = await ways.told(UUID(document.get("execution_id") or document["id"]))
        assert same(told["output"], expected)


async def test_a_worker_over_the_api_takes_and_gives_the_same_numbers(ways: Ways) -> None:
    """The claimed input, and the reported output, of a worker that is not ours."""
    await ways.client.create_workflow(
        {
            "name": "foreign",
            "nodes": [
                node("begin", "TRIGGER_NODE", "MANUAL"),
                node("step", "ACTION_NODE", "TRANSFORM", values={}) | {"queue": "foreign"},
            ],
            "connections": [{"from": "begin", "to": "step"}],
        }
    )
    started = (await ways.client.run_workflow("foreign", input={"numbers": NUMBERS})).execution_id
    worker: UUID = uuid4()
    [claimed] = (await ways.client.claim_assignments(worker_id=worker, request=1, queues=["foreign"])).items
    assert same(claimed.input, {"numbers": NUMBERS})
    outcome = AssignmentOutcome(
        execution_id=claimed.execution_id,
        assignment_id=claimed.assignment_id,
        attempt=claimed.attempt,
        outcome="completed",
        output={"numbers": claimed.input["numbers"]},
    )
    await ways.client.complete_assignments(worker_id=worker, request=2, results=[outcome])
    told = await ways.told(started)
    assert same(told["output"], {"step": {"numbers": NUMBERS}})


async def test_what_is_nested_as_deep_as_allowed_is_read_by_everybody(ways: Ways) -> None:
    """The code returns its input. What is a level deeper is refused, as `test_refused_everywhere` shows."""
    made = {"name": "deep", "nodes": [node("begin", "TRIGGER_NODE", "MANUAL"), node("code", "ACTION_NODE", "RUN_CODE", code="input")]}
    await ways.client.create_workflow(made | {"connections": [{"from": "begin", "to": "code"}]})
    deepest = nested(STANDARD_LIMITS.depth)
    started = (await ways.client.run_workflow("deep", input=deepest)).execution_id
    told = await ways.told(started)
    assert steps_of(told) == [[deepest, deepest], [deepest, deepest]]
    assert told["input"] == deepest
    shown = await asyncio.to_thread(partial(interlock, "executions", "show", str(started), "--json", database=ways.url))
    assert read_json(shown.stdout.strip(), STANDARD_LIMITS.inside(5))["input"] == deepest
