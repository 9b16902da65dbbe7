"""The same exchange twice at once: its reply was slow, and the worker asked again."""

from tests.controlplane.plane import Plane, completed
from tests.model.graphs import step
from tests.races.conftest import OpenSession


async def test_a_repeat_waits_for_the_first_and_answers_the_same(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    left, right = await session(), await session()
    worker = await plane.worker(control=left.control)
    report = completed((await worker.claim())["A/1"], {"x": 1})
    async with left.held_open():
        first = await left.control.exchange(worker.id, 10, [report], queues=worker.queues, limits=[5, 5])
        repeating = await right.blocked(right.control.exchange(worker.id, 10, [report], queues=worker.queues, limits=[5, 5]))
    again = await repeating
    assert first.answers == again.answers == ["ok"]
    assert first.assignments == again.assignments
    assert len(first.assignments) == 1
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "running"}


async def test_a_repeat_behind_one_that_was_rolled_back_does_the_work(plane: Plane, session: OpenSession) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    left, right = await session(), await session()
    worker = await plane.worker(control=left.control)
    report = completed((await worker.claim())["A/1"], {"x": 1})
    async with left.held_open(rolled_back=True):
        await left.control.exchange(worker.id, 10, [report], queues=worker.queues, limits=[5, 5])
        repeating = await right.blocked(right.control.exchange(worker.id, 10, [report], queues=worker.queues, limits=[5, 5]))
    again = await repeating
    assert (again.answers, len(again.assignments)) == (["ok"], 1)
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "running"}
