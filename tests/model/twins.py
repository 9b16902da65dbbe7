"""Two databases in which the same happens: one takes the lean path, the other always the general one. Their rows are equal but for ids and times.
The workers of the first one can have two exchanges in flight.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import AssignmentResult
from tests.model.database import Claimed, Database
from tests.model.graphs import Definition
from tests.model.rows import differences
from tests.model.state import Json, Key
from tests.servers import TestServer


class Twins(Database):
    """The database that takes the lean path. All that is done with it is done with the other one too, and the answers are compared."""

    def __init__(
        self, pool: AsyncConnectionPool[Any], other_pool: AsyncConnectionPool[Any], *, is_exact: bool, in_time: bool, in_lanes: bool = False
    ) -> None:
        super().__init__(pool)
        self.other = Database(other_pool)
        self._second_lane = Database(pool) if in_lanes else None
        self._is_exact = is_exact
        self._in_time = in_time
        self._pairs: dict[str, str] = {}
        """The other's execution, by the id of ours."""
        self._ours: dict[tuple[str, str], Claimed] = {}
        self._theirs: dict[tuple[str, Key, int], Claimed] = {}
        self._unmatched: dict[tuple[str, Key, int], Claimed] = {}

    async def register(self) -> None:
        await super().register()
        await self.other.register()
        if self._second_lane is not None:
            self._second_lane.join_worker(self)
            self._second_lane.share_names(self)

    async def save(self, definition: Definition) -> str:
        name = await super().save(definition)
        assert await self.other.save(definition) == name
        return name

    def share_names(self, other: Database) -> None:
        super().share_names(other)
        assert isinstance(other, Twins)
        self.other.share_names(other.other)

    async def start(self, workflow: str, inputs: Sequence[Json]) -> list[str]:
        started = await super().start(workflow, inputs)
        self._pairs.update(zip(started, await self.other.start(workflow, inputs), strict=True))
        return started

    async def add_special_worker(self) -> None:
        await super().add_special_worker()
        await self.other.add_special_worker()
        if self._second_lane is not None:
            self._second_lane.join_special_worker(self)

    async def exchange(self, results: Sequence[AssignmentResult], *, capacity: int | None = None, by: int = 0) -> tuple[list[str], list[Claimed]]:
        taken = self.capacity if capacity is None else capacity
        theirs = [self._translated(one) for one in results]
        if self._second_lane is not None and results:
            # transactions have other contents than in one lane, so one may have to be sent again where the other has not
            claimed = await until_taken(self, self._exchange, results, capacity=taken, by=by)
            self._match(claimed, await until_taken(self.other, self.other.exchange, theirs, capacity=taken, by=by))
            return ["ok"] * len(results), claimed
        answers, claimed = await super().exchange(results, capacity=taken, by=by)
        their_answers, their_claimed = await self.other.exchange(theirs, capacity=taken, by=by)
        assert answers == their_answers, f"{answers} by the lean path, {their_answers} by the general one"
        assert self._second_lane is not None or len(claimed) == len(their_claimed), (
            f"claimed by the lean path: {claimed}, by the general one: {their_claimed}"
        )
        self._match(claimed, their_claimed)
        assert not (self._is_exact and self._unmatched), f"claimed by one of the two: {self._unmatched}"
        return answers, claimed

    async def _exchange(self, results: Sequence[AssignmentResult], *, capacity: int, by: int) -> tuple[list[str], list[Claimed]]:
        """Of ours alone. A worker with two lanes sends the results of every second execution in the second one, at the same time."""
        exchanges = [super().exchange, *([] if self._second_lane is None else [self._second_lane.exchange])]
        lanes: list[list[int]] = [[] for _ in exchanges]
        for place, result in enumerate(results):
            lanes[int(result["execution_id"][-1], 16) % len(lanes)].append(place)
        self.result_count += sum(map(len, lanes[1:]))
        sent = [(exchange, places) for exchange, places in zip(exchanges, lanes, strict=True) if places]
        replies = await asyncio.gather(*(exchange([results[place] for place in places], capacity=capacity, by=by) for exchange, places in sent))
        answered: dict[int, str] = {}
        for (_, places), (answers, _) in zip(sent, replies, strict=True):
            answered.update(zip(places, answers, strict=True))
        return [answered[place] for place in range(len(results))], [one for _, claimed in replies for one in claimed]

    async def exchange_ahead(
        self, sent: Sequence[tuple[AssignmentResult, Sequence[tuple[Key, Json]]]], *, by: int
    ) -> tuple[list[bool], list[Claimed]]:
        """Report results, each with what ran ahead of it: visits and their outputs. The other database gets them one after another.

        Returns whether what ran ahead was taken, for each, and what was claimed.
        """
        executions = [result["execution_id"] for result, _ in sent]
        numbers = await self._node_numbers(executions)
        results = [
            cast("AssignmentResult", {**result, "ahead": [[numbers[result["execution_id"], key.node], output] for key, output in ahead]})
            for result, ahead in sent
        ]
        before = await self.seen(executions)
        answers, claimed = await self._exchange(results, capacity=self.capacity, by=by)
        assert set(answers) == {"ok"}, answers
        after = await self.seen(executions)
        taken = [
            ahead[-1][0] not in before[execution].assignments and after[execution].assignments.get(ahead[-1][0], ("", None))[0] == "completed"
            for execution, (_, ahead) in zip(executions, sent, strict=True)
        ]
        handed: dict[tuple[str, Key, int], Claimed] = {}
        following = [self._translated(result) for result, _ in sent]
        for place in range(1 + max(len(ahead) for _, ahead in sent)):
            answers, found = await self.other.exchange(following, by=by)
            assert set(answers) <= {"ok"}, answers
            handed |= {(one.execution_id, one.key, one.attempt): one for one in found}
            following = []
            for (result, ahead), is_taken in zip(sent, taken, strict=True):
                if is_taken and place < len(ahead):
                    key, output = ahead[place]
                    mine = handed.pop((self._pairs[result["execution_id"]], key, 1))
                    following.append(completed(mine, output))
        self._match(claimed, handed.values())
        return taken, claimed

    async def _node_numbers(self, executions: Sequence[str]) -> dict[tuple[str, str], int]:
        rows = await self._rows(
            "select e.id::text, n.node_id, n.node_no from interlock.executions e join interlock.nodes n using (version_id) where e.id = any (%s)",
            [UUID(one) for one in executions],
        )
        return {(execution, node): number for execution, node, number in rows}

    async def suspend(self, execution_id: str) -> None:
        await super().suspend(execution_id)
        await self.other.suspend(self._pairs[execution_id])

    async def continue_(self, execution_id: str) -> None:
        await super().continue_(execution_id)
        await self.other.continue_(self._pairs[execution_id])

    async def cancel(self, execution_id: str) -> None:
        await super().cancel(execution_id)
        await self.other.cancel(self._pairs[execution_id])

    async def cancel_assignment(self, execution_id: str, key: Key) -> None:
        await super().cancel_assignment(execution_id, key)
        await self.other.cancel_assignment(self._pairs[execution_id], key)

    async def retry(self, execution_id: str, from_node: str | None = None) -> str:
        retried = await super().retry(execution_id, from_node)
        self._pairs[retried] = await self.other.retry(self._pairs[execution_id], from_node)
        return retried

    async def tick(self) -> int:
        moved, their_moved = await super().tick(), await self.other.tick()
        assert self._second_lane is not None or moved == their_moved, f"a tick moved {moved} after the lean path, {their_moved} after the general one"
        return max(moved, their_moved)

    async def differences_of_twins(self, executions: Sequence[str]) -> Mapping[str, list[str]]:
        left = await self.read_rows(executions, {one: one for one in self._pairs}, is_exact=self._is_exact, in_time=self._in_time)
        their_names = {other: one for one, other in self._pairs.items()}
        right = await self.other.read_rows([self._pairs[one] for one in executions], their_names, is_exact=self._is_exact, in_time=self._in_time)
        assert not self._unmatched, f"claimed by one of the two: {self._unmatched}"
        return {one: differences(left[one], right[one]) for one in executions}

    async def _move_clock(self, seconds: int) -> None:
        await super()._move_clock(seconds)
        await self.other._move_clock(seconds)

    def _translated(self, result: AssignmentResult) -> AssignmentResult:
        mine = self._ours[result["execution_id"], result["assignment_id"]]
        theirs = self._theirs[self._pairs[mine.execution_id], mine.key, mine.attempt]
        return {**result, "execution_id": theirs.execution_id, "assignment_id": theirs.assignment_id}

    def _match(self, claimed: Iterable[Claimed], their_claimed: Iterable[Claimed]) -> None:
        for one in claimed:
            self._ours[one.execution_id, one.assignment_id] = one
        for one in their_claimed:
            self._theirs[one.execution_id, one.key, one.attempt] = one
        for place, one in [
            *(((self._pairs[one.execution_id], one.key, one.attempt), one) for one in claimed),
            *(((one.execution_id, one.key, one.attempt), one) for one in their_claimed),
        ]:
            if (earlier := self._unmatched.pop(place, None)) is None:
                self._unmatched[place] = one
            else:
                assert earlier.input == one.input, f"input of {one.key}: {earlier.input} and {one.input}"


async def until_taken(database: Database, exchange: Any, results: Sequence[AssignmentResult], *, capacity: int, by: int) -> list[Claimed]:
    """Sends results, and again what is answered `busy`. Returns what was claimed meanwhile."""
    found: list[Claimed] = []
    while results:
        answers, claimed = await exchange(results, capacity=capacity, by=by)
        assert set(answers) <= {"ok", "busy"}, answers
        found += claimed
        results = [result for result, answer in zip(results, answers, strict=True) if answer == "busy"]
        if results:
            await Database.tick(database)
    return found


def completed(claimed: Claimed, output: Json) -> AssignmentResult:
    return AssignmentResult(
        execution_id=claimed.execution_id,
        assignment_id=claimed.assignment_id,
        attempt=claimed.attempt,
        outcome="completed",
        output=dict(output),
    )


@asynccontextmanager
async def twins(server: TestServer, *settings: str, is_exact: bool = True, in_time: bool = True, in_lanes: bool = False) -> AsyncIterator[Twins]:
    """Two new databases, with a worker registered in each.

    Args:
        settings: of all connections, as `name=value`.
        is_exact, in_time: what is compared, see `read_rows`.
        in_lanes: workers of the first database have two exchanges in flight; who claims what is not compared then.
    """
    async with AsyncExitStack() as stack:
        pools = []
        for lean in ("on", "off"):
            url = stack.enter_context(server.fresh_database(migrated=True))
            options = " ".join(f"-c {setting}" for setting in (*settings, f"interlock.lean_path={lean}"))
            pools.append(
                await stack.enter_async_context(
                    AsyncConnectionPool[Any](url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True, "options": options})
                )
            )
        both = Twins(*pools, is_exact=is_exact and not in_lanes, in_time=in_time, in_lanes=in_lanes)
        await both.register()
        yield both
