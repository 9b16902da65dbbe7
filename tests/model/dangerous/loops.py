"""Loops that nothing ends: `max_visits` counts the visits of a node since a wait last ended."""

from typing import Any

from tests.model.graphs import Definition, flow, step, workflow
from tests.model.scripts import Case


def _doubling_loop(a: dict[str, Any], max_visits: int) -> Definition:
    """Each round of the loop makes two visits of I of every one before, and each of them leads back to A."""
    limit: dict[str, Any] = {"max_visits": max_visits}
    nodes = [
        {**a, "join": "each", **limit},
        flow("B", "JOIN", **limit),
        flow("I", "IF", {"condition": "x == 1"}, join="each", **limit),
        step("Z"),
    ]
    return workflow(nodes, ["S -> A", "A -> I", "A -> B", "B -> I", "I.false -> A", "I.true -> Z"])


def _router_loop(max_visits: int) -> Definition:
    config = {"rules": [{"condition": "x == 0", "port": "again"}], "default": "out"}
    nodes = [flow("R", "ROUTER", {"custom_config": config}, max_visits=max_visits), flow("P", "JOIN"), step("Z")]
    return workflow(nodes, ["S -> R", "R.again -> P", "P -> R", "R.out -> Z"])


def _behind_a_wait(max_visits: int) -> Definition:
    nodes = [flow("W", "WAIT", {"seconds": 600}), flow("I", "IF", {"condition": "x == 1"}, max_visits=max_visits), flow("P", "JOIN"), step("Z")]
    return workflow(nodes, ["S -> W", "W -> I", "I.false -> P", "P -> I", "I.true -> Z"])


CASES = (
    *(
        Case(
            name=f"a_loop_that_doubles_stops_at_{limit}_visits_of_a_node",
            definition=_doubling_loop(flow("A", "JOIN"), limit),
            begins="failed",
            then=(),
        )
        for limit in (1, 2, 8, 100)
    ),
    Case(
        name="a_loop_that_doubles_with_the_help_of_a_worker_stops_at_max_visits",
        definition=_doubling_loop(step("A"), 3),
        begins="A/1 running",
        then=(
            ("A", "A/2 running, A/3 running"),
            ("A/3", "failed"),  # I/3 and I/4
        ),
    ),
    Case(
        name="two_visits_that_begin_together_count_as_two",
        definition=workflow([step("A"), step("B"), step("E", join="each", max_visits=1)], ["S -> A", "S -> B", "A -> E", "B -> E"]),
        begins="A/1 running, B/1 running",
        then=(("A, B", "failed"),),
    ),
    Case(
        name="a_loop_in_which_something_waits_goes_on",
        definition=workflow(
            [flow("W", "WAIT", {"seconds": 600}, max_visits=2, join="each"), flow("I", "IF", {"condition": "x == 1"}, max_visits=1), step("Z")],
            ["S -> W", "W -> I", "I.false -> W", "I.true -> Z"],
        ),
        begins="W/1 waiting",
        then=tuple(("+600", f"W/{visit} waiting") for visit in range(2, 8)),
    ),
    Case(
        name="what_follows_from_a_wait_is_counted_in_the_same_transaction_too",
        definition=_behind_a_wait(max_visits=20),
        begins="W/1 waiting",
        then=(("+600", "failed"),),
    ),
    Case(
        name="a_router_cycle_that_never_waits",
        definition=_router_loop(max_visits=20),
        begins="failed",
        then=(),
    ),
    Case(
        name="a_router_cycle_that_never_waits_longer_than_one_transaction",
        definition=_router_loop(max_visits=120),
        begins="failed",
        then=(),
    ),
    Case(
        name="a_count_join_that_is_its_own_successor_and_can_never_be_filled",
        definition=workflow([step("B", join={"count": 2}, on_error="continue", max_visits=5)], ["S -> B", "B -> B"]),
        begins="failed",
        then=(),
    ),
    Case(
        name="a_count_join_that_can_never_be_filled_goes_round_longer_than_one_transaction",
        definition=workflow([step("B", join={"count": 2}, on_error="continue", max_visits=150)], ["S -> B", "B -> B"]),
        begins="failed",
        then=(),
    ),
)
