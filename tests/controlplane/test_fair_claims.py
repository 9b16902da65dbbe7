"""The capacity of a worker is shared among the workspaces that have something due."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest

from tests.controlplane.plane import Held, Plane, Row, TestWorker, completed
from tests.controlplane.workspaces import Workspace, add_workspace, first_workspace
from tests.model.fairness import divide
from tests.model.graphs import step

MANY = 2_000


@pytest.fixture(params=["on", "off"], ids=["lean", "general"])
async def plane(request: pytest.FixtureRequest, plane: Plane) -> Plane:
    """Both paths share alike."""
    await plane.execute("select set_config('interlock.lean_path', %s, false)", request.param)
    await plane.pool.resize(1, 1)
    await plane.pool.drain()
    return plane


class Teams:
    """Workspaces with the same workflow, a chain of nodes."""

    def __init__(self, plane: Plane, workspaces: Sequence[Workspace]) -> None:
        self.plane = plane
        self.workspaces = workspaces
        self._of: dict[UUID, int] = {}

    @classmethod
    async def of(cls, plane: Plane, count: int, nodes: int = 3) -> "Teams":
        workspaces = [first_workspace(plane), *[await add_workspace(plane, f"w{number}") for number in range(1, count)]]
        for workspace in workspaces:
            names = [f"N{number}" for number in range(nodes)]
            await workspace.deploy([step(name) for name in names], [f"{a} -> {b}" for a, b in zip(["S", *names], names, strict=False)])
        return cls(plane, workspaces)

    async def start(self, *counts: int) -> None:
        for place, count in enumerate(counts):
            for execution in await self.workspaces[place].start_many([{}] * count) if count else []:
                self._of[execution] = place

    def count(self, held: Sequence[Held]) -> list[int]:
        """Returns how many of these each workspace has."""
        counted = Counter(self._of[one.execution_id] for one in held)
        return [counted[place] for place in range(len(self.workspaces))]


async def exchange(worker: TestWorker, done: Sequence[Held], limit: int) -> list[Held]:
    """Reports these in one lane, which takes turns of its own, and returns what the worker is given."""
    answers, claimed = await worker.exchange(*(completed(held) for held in done), limit=limit, request=worker.request + 2)
    assert answers == ["ok"] * len(done)
    return claimed


async def test_a_single_one_comes_with_the_next_exchange_however_many_another_workspace_has_due(plane: Plane) -> None:
    teams = await Teams.of(plane, 2)
    await teams.start(MANY)
    worker = await plane.worker("test")
    assert teams.count(await exchange(worker, [], 10)) == [10, 0]
    await teams.start(0, 1)
    assert teams.count(await exchange(worker, [], 10)) == [9, 1]
    assert teams.count(await exchange(worker, [], 10)) == [10, 0]


async def test_even_the_last_free_slot_goes_to_each_workspace_in_turn(plane: Plane) -> None:
    teams = await Teams.of(plane, 3)
    await teams.start(30, 30, 30)
    worker = await plane.worker("test")
    given = [teams.count(await exchange(worker, [], 1)).index(1) for _ in range(9)]
    assert sorted(given[:3]) == sorted(given[3:6]) == sorted(given[6:]) == [0, 1, 2]


async def test_capacity_is_shared_evenly_and_what_one_leaves_the_others_get(plane: Plane) -> None:
    teams = await Teams.of(plane, 3)
    await teams.start(100, 100, 3)
    worker = await plane.worker("test")
    counted = teams.count(await exchange(worker, [], 30))
    assert sum(counted) == 30
    assert counted[2] == 3
    assert abs(counted[0] - counted[1]) <= 1 + 10, "an even share of ten each, and what the third left"
    for _ in range(3):
        counted = teams.count(await exchange(worker, [], 30))
        assert counted[:2] == [15, 15]


async def test_what_would_be_handed_over_leaves_another_workspace_its_share(plane: Plane) -> None:
    """Without that, a worker that never has a free slot would take what follows its results, 5,000 times."""
    teams = await Teams.of(plane, 2, nodes=30)
    await teams.start(10)
    worker = await plane.worker("test")
    held = await exchange(worker, [], 4)
    held = await exchange(worker, held, 4)
    assert teams.count(held) == [4, 0]
    handed = {one.name for one in held}
    assert handed == {"N1/1"}, "they follow the results"
    await teams.start(0, 1)
    held = await exchange(worker, held, 4)
    assert teams.count(held) == [3, 1]
    assert {one.name for one in held} == {"N2/1", "N0/1"}, "all else is still handed over"
    single = await plane.worker("test")
    [one] = await exchange(single, [], 1)
    await teams.start(0, 3)
    seen = []
    for _ in range(4):
        [one] = await exchange(single, [one], 1)
        seen.append(teams.count([one]).index(1))
    assert set(seen) == {0, 1}, "a worker with one slot takes turns"


async def test_results_are_handed_over_to_every_workspace_if_nothing_waits(plane: Plane) -> None:
    teams = await Teams.of(plane, 3)
    await teams.start(6, 2, 1)
    worker = await plane.worker("test")
    held = await exchange(worker, [], 9)
    assert teams.count(held) == [6, 2, 1]
    for name in ("N1/1", "N2/1"):
        held = await exchange(worker, held, 9)
        assert teams.count(held) == [6, 2, 1]
        assert {one.name for one in held} == {name}
        assert await plane.value("select count(*) from interlock.assignments where status = 'pending'") == 0
    assert await exchange(worker, held, 9) == []


async def test_every_workspace_gets_something_within_as_many_exchanges_as_there_are_workspaces(plane: Plane) -> None:
    """As the model says of every order; here it is held against a drain with a worker that reports what it gets."""
    count = 4
    teams = await Teams.of(plane, count, nodes=5)
    await teams.start(400, 40, 40, 40)
    worker = await plane.worker("test")
    for limit in (1, 2, 3):
        held: list[Held] = []
        waits = [0] * count
        for _ in range(3 * count):
            held = await exchange(worker, held, limit)
            got = teams.count(held)
            assert sum(got) == limit
            waits = [0 if one else wait + 1 for one, wait in zip(got, waits, strict=True)]
            assert max(waits) < count, (limit, waits)
        await exchange(worker, held, 0)


async def test_exchanges_divide_as_the_model_does(plane: Plane) -> None:
    teams = await Teams.of(plane, 3)
    worker = await plane.worker("test")
    due, last = [0, 0, 0], None
    keys = sorted(range(3), key=lambda place: ["test", "#2:test", "#3:test"][place])
    for added, limit in (((9, 0, 1), 2), ((0, 4, 0), 3), ((0, 0, 2), 1), ((0, 0, 0), 2), ((3, 3, 3), 4), ((0, 1, 0), 1), ((0, 0, 0), 1)):
        await teams.start(*added)
        due = [before + more for before, more in zip(due, added, strict=True)]
        shares, last = divide(limit, [due[place] for place in keys], last)
        expected = [shares[keys.index(place)] for place in range(3)]
        assert teams.count(await exchange(worker, [], limit)) == expected, (due, limit)
        due = [before - taken for before, taken in zip(due, expected, strict=True)]


async def test_each_queue_of_a_worker_has_turns_of_its_own(plane: Plane) -> None:
    first, other = first_workspace(plane), await add_workspace(plane)
    for workspace in (first, other):
        for queue in ("one", "two"):
            await workspace.deploy([step("A", queue=queue)], ["S -> A"], name=queue)
            await workspace.start_many([{}] * 20, queue)
    worker = await plane.worker("one", "two")
    given = []
    for _ in range(4):
        held = await exchange(worker, [], 1)
        rows = await plane.rows(
            "select a.queue from unnest(%s::uuid[]) e (id) join interlock.assignments a on a.execution_id = e.id and a.status = 'running'",
            [one.execution_id for one in held],
        )
        given.append(sorted(row["queue"] for row in rows))
    assert given == [["#2:one", "#2:two"], ["one", "two"]] * 2


async def test_a_single_workspace_is_served_as_before_there_were_others(plane: Plane) -> None:
    teams = await Teams.of(plane, 2)
    await (await add_workspace(plane, "idle")).deploy([step("A", queue="other")], ["S -> A"])
    alone = await plane.worker("other2")
    assert await plane.value("select queue_keys is null from interlock.workers where id = %s", alone.id)
    await teams.start(5)
    worker = await plane.worker("test")
    held = await exchange(worker, [], 3)
    assert teams.count(held) == [3, 0]
    assert [one.name for one in await exchange(worker, held, 3)] == ["N1/1"] * 3


async def test_each_lane_takes_turns_of_its_own(plane: Plane) -> None:
    """So two exchanges that are under way at once need not wait for each other."""
    teams = await Teams.of(plane, 2)
    await teams.start(9, 9)
    worker = await plane.worker("test")
    given = []
    for request in (1, 2, 3, 4):
        _, claimed = await worker.exchange(limit=1, request=request)
        given.append(teams.count(claimed).index(1))
    assert given == [1, 1, 0, 0]


async def test_a_repeat_of_an_exchange_returns_the_same(plane: Plane) -> None:
    teams = await Teams.of(plane, 2)
    await teams.start(5, 5)
    worker = await plane.worker("test")
    _, first = await worker.exchange(limit=4)
    _, again = await worker.exchange(limit=4, request=worker.request)
    assert {one.assignment_id for one in first} == {one.assignment_id for one in again}
    assert teams.count(first) == [2, 2]


async def test_something_malformed_among_the_results_does_not_stop_the_sharing(plane: Plane) -> None:
    teams = await Teams.of(plane, 2)
    await teams.start(5, 5)
    worker = await plane.worker("test")
    held = await exchange(worker, [], 2)
    bad: list[Row] = [
        {"execution_id": "x", "assignment_id": "y", "attempt": 1, "outcome": "completed"},
        {},
        {"execution_id": str(held[0].execution_id).upper()},
    ]
    answers, claimed = await worker.exchange(*(completed(one) for one in held), *bad, limit=4)
    assert answers[:2] == ["ok", "ok"]
    assert set(answers[2:]) == {"IL004"}
    assert teams.count(claimed) == [2, 2]


async def test_after_one_that_ran_alone_a_worker_serves_all_workspaces_before_the_next_one(plane: Plane) -> None:
    """Else a workspace whose nodes end their workers would have the others to itself for long."""
    teams = await Teams.of(plane, 2, nodes=1)
    await teams.start(6)
    await plane.execute("update interlock.assignments set loss_count = 2, due_at = due_at - interval '1 minute' where status = 'pending'")
    await teams.start(0, 4)
    worker = await plane.worker("test")
    held = await exchange(worker, [], 2)
    assert (teams.count(held), held[0].row["loss_count"]) == ([1, 0], 2)
    assert await exchange(worker, [], 2) == [], "it runs alone"
    held = await exchange(worker, held, 2)
    assert teams.count(held) == [0, 2]
    assert await exchange(worker, held[:1], 2) == [], "the next one waits until the worker has nothing else"
    held = await exchange(worker, held[1:], 2)
    assert teams.count(held) == [1, 0]
    held = await exchange(worker, held, 2)
    assert teams.count(held) == [0, 2]
    held = await exchange(worker, held, 2)
    while held:
        assert teams.count(held) == [1, 0]
        held = await exchange(worker, held, 2) or await exchange(worker, [], 2)
    assert await plane.value("select count(*) from interlock.executions where status <> 'completed'") == 0
