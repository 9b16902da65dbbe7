"""Executing without a task for what never waits."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from interlock.worker.task_pool import TaskPool


@dataclass(eq=False)
class Job:
    work: Callable[["Job"], object] | None = None
    task: asyncio.Task[None] | None = None
    is_unwanted: bool = False
    tasks: list[asyncio.Task[None] | None] = field(default_factory=list)
    ended: bool = False


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the condition is of any kind
            await asyncio.sleep(0.001)


async def execute(job: Job) -> None:
    job.tasks.append(asyncio.current_task())
    with contextlib.suppress(asyncio.CancelledError):
        result = job.work(job) if job.work else None
        if asyncio.iscoroutine(result):
            await result
        job.tasks.append(asyncio.current_task())
    job.ended = True


def ended(job: Job, result: None) -> None:
    pass


def added(pool: TaskPool[Job, None], *jobs: Job) -> list[Job]:
    pool.add(jobs)
    return list(jobs)


async def test_a_thousand_assignments_that_never_wait_share_one_task() -> None:
    jobs = added(TaskPool(10, execute, ended), *(Job() for _ in range(1000)))
    await until(lambda: all(job.ended for job in jobs))
    assert len({task for job in jobs for task in job.tasks}) == 1


async def test_an_assignment_that_waits_delays_no_other() -> None:
    gate = asyncio.Event()
    jobs = added(TaskPool(10, execute, ended), Job(lambda _: gate.wait()), Job(), Job())
    await until(lambda: jobs[1].ended and jobs[2].ended)
    assert not jobs[0].ended
    gate.set()
    await until(lambda: jobs[0].ended)


async def test_an_assignment_that_waits_has_one_task_from_its_begin_to_its_end() -> None:
    gate = asyncio.Event()
    jobs = added(TaskPool(10, execute, ended), *(Job(lambda _: gate.wait()) for _ in range(5)))
    await until(lambda: all(job.task for job in jobs))
    gate.set()
    await until(lambda: all(job.ended for job in jobs))
    assert all(job.tasks[0] is job.tasks[1] is not None for job in jobs)
    assert len({job.tasks[0] for job in jobs}) == 5


async def test_at_most_the_limit_is_under_way() -> None:
    now: list[int] = [0, 0]

    async def work() -> None:
        now[0] += 1
        now[1] = max(now)
        await gate.wait()
        now[0] -= 1

    gate = asyncio.Event()
    jobs = added(TaskPool(3, execute, ended), *(Job(lambda _: work()) for _ in range(20)))
    await until(lambda: now[0] == 3)
    gate.set()
    await until(lambda: all(job.ended for job in jobs))
    assert now == [0, 3]


async def test_timeouts_and_task_groups_work_inside() -> None:
    told: list[str] = []

    async def work() -> None:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            told.append("timeout")
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
        told.append("group")

    job, quick = added(TaskPool(3, execute, ended), Job(lambda _: work()), Job())
    await until(lambda: job.ended and quick.ended)
    assert told == ["timeout", "group"]


async def test_cancelling_one_assignment_does_not_touch_the_others() -> None:
    gate = asyncio.Event()
    jobs = added(TaskPool(3, execute, ended), *(Job(lambda _: gate.wait()) for _ in range(6)))
    await until(lambda: jobs[1].task)
    assert jobs[1].task is not None
    jobs[1].task.cancel()
    await until(lambda: jobs[1].ended)
    gate.set()
    await until(lambda: all(job.ended for job in jobs))
    assert [len(job.tasks) for job in jobs] == [2, 1, 2, 2, 2, 2]


async def test_an_assignment_that_was_not_begun_can_be_taken_back() -> None:
    pool = TaskPool(1, execute, ended)
    gate = asyncio.Event()
    first, second = added(pool, Job(lambda _: gate.wait()), Job())
    await until(lambda: first.task)
    assert pool.take_back(second)
    assert not pool.take_back(first)
    gate.set()
    await until(lambda: first.ended)
    assert not second.ended
