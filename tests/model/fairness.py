"""The model of fair claims: how the capacity of one exchange is divided among the workspaces that have something due.

Small enough to look at every case. `divide` says who gets how much; `turns` says who comes first in the next exchange.
"""

from collections.abc import Sequence


def in_turn(count: int, served_last: int | None) -> list[int]:
    """Returns the workspaces from 0 in the order of their turns: those behind the one that was served last, those before it, and it last."""
    begin = 0 if served_last is None else served_last + 1
    return [*range(begin, count), *range(min(begin, count))]


def divide(capacity: int, wanted: Sequence[int], served_last: int | None) -> tuple[list[int], int | None]:
    """Returns how much each workspace gets of the capacity, and which one was served last.

    One unit after the other goes round, to whoever wants more. Rounds that everybody takes part in are fair to all; only the one in which the
    capacity runs out is not, so it decides whose turn is next.
    """
    shares = [0] * len(wanted)
    order = in_turn(len(wanted), served_last)
    left = capacity
    while left > 0:
        unmet = [workspace for workspace in order if shares[workspace] < wanted[workspace]]
        if not unmet:
            break
        for workspace in unmet[:left]:
            shares[workspace] += 1
        if left < len(unmet):
            served_last = unmet[left - 1]
        left -= min(left, len(unmet))
    return shares, served_last
