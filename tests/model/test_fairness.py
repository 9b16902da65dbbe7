"""Fair claims: every small case of the model, and the built thing held against it."""

from itertools import product
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.controlplane.plane import Plane
from tests.model.fairness import divide, in_turn

MOST = 4
"""Workspaces, capacity and wants of the cases that are looked at."""

Waits = tuple[int, ...]


def cases(count: int) -> list[tuple[int, tuple[int, ...], int | None]]:
    """Every capacity, every wants and every one that was served last."""
    turns: list[int | None] = [None, *range(count)]
    return [(capacity, wanted, last) for capacity in range(MOST + 2) for wanted in product(range(MOST), repeat=count) for last in turns]


@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_capacity_is_divided_completely_and_nobody_goes_without_while_another_gets_two(count: int) -> None:
    for capacity, wanted, last in cases(count):
        shares, _ = divide(capacity, wanted, last)
        assert sum(shares) == min(capacity, sum(wanted))
        assert all(0 <= share <= want for share, want in zip(shares, wanted, strict=True))
        short = [share for share, want in zip(shares, wanted, strict=True) if share < want]
        assert all(share <= min(short) + 1 for share in shares if short), (capacity, wanted, last)


@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_who_always_has_something_due_gets_something_within_as_many_exchanges_as_there_are_workspaces(count: int) -> None:
    """Whatever the others want in each exchange, and whatever capacity each exchange has: every state that can be reached is looked at."""
    for capacities in ((1,), (2,), (1, 2), (1, 2, 3)):
        begun: tuple[int | None, Waits] = (None, (0,) * count)
        seen, front = {begun}, [begun]
        while front:
            last, waits = front.pop()
            for capacity, wanted in product(capacities, product(range(3), repeat=count)):
                shares, next_last = divide(capacity, wanted, last)
                waited = tuple(0 if share or not want else wait + 1 for wait, share, want in zip(waits, shares, wanted, strict=True))
                assert max(waited) < count, (last, waits, capacity, wanted)
                if (state := (next_last, waited)) not in seen:
                    seen.add(state)
                    front.append(state)


async def test_the_database_divides_as_the_model_does(pool: AsyncConnectionPool[Any]) -> None:
    plane = Plane(pool)
    for count in range(1, MOST + 1):
        asked = cases(count)
        orders = [in_turn(count, last) for _, _, last in asked]
        rows = await plane.rows(
            """select d.shares, d.last
               from unnest(%s::integer[], %s::text[]) with ordinality c (capacity, wanted, ord)
               cross join lateral interlock.divide_capacity(c.capacity, c.wanted::integer[]) d
               order by c.ord""",
            [capacity for capacity, _, _ in asked],
            ["{" + ",".join(str(wanted[place]) for place in order) + "}" for (_, wanted, _), order in zip(asked, orders, strict=True)],
        )
        for (capacity, wanted, last), order, row in zip(asked, orders, rows, strict=True):
            shares = [row["shares"][order.index(workspace)] for workspace in range(count)]
            served = last if row["last"] is None else order[row["last"] - 1]
            assert (shares, served) == divide(capacity, wanted, last), (capacity, wanted, last)
