"""`ordered: true`: visits leave in the order of their numbers, whoever does their work and whatever order they end in."""

from typing import Any

from tests.model.graphs import Definition, flow, step, workflow
from tests.model.scripts import Case

_TWO_INTO_ONE = ["S -> A", "S -> B", "A -> O", "B -> O"]


def _two_into(ordered: dict[str, Any], ports: dict[str, str]) -> Definition:
    """A and B lead to the ordered node O, which has a visit for each token, and O through each port to a node of its own."""
    nodes = [step("A"), step("B"), {**ordered, "join": "each", "ordered": True}, *(step(name) for name in dict.fromkeys(ports.values()))]
    return workflow(nodes, [*_TWO_INTO_ONE, *(f"O.{port} -> {name}" for port, name in ports.items())])


def _waits(*names: str) -> Definition:
    """As many steps lead to an ordered WAIT, one more to another WAIT; all meet in Z, which has a visit for each."""
    nodes = [
        *(step(name) for name in names),
        step("C"),
        flow("O", "WAIT", {"seconds": "{{ w }}"}, join="each", ordered=True),
        flow("V", "WAIT", {"seconds": "{{ w }}"}),
        step("Z", join="each"),
    ]
    edges = [*(f"S -> {name}" for name in (*names, "C")), *(f"{name} -> O" for name in names), "C -> V", "O -> Z", "V -> Z"]
    return workflow(nodes, edges)


_WAIT = flow("O", "WAIT", {"seconds": "{{ w }}"})
_IF = flow("O", "IF", {"condition": "y == 1"})
_ROUTER = flow("O", "ROUTER", {"custom_config": {"rules": [{"condition": "y == 1", "port": "a"}]}})
_BEGINS = "A/1 running, B/1 running"

CASES = (
    Case(
        name="a_wait_of_no_time_leaves_after_an_earlier_one_that_began_with_it",
        definition=_two_into(_WAIT, {"main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A{w=600}, B{w=0}", "O/1 waiting, O/2 waiting"),
            ("+600", "Z/1 running, Z/2 running"),
        ),
    ),
    Case(
        name="a_wait_of_no_time_leaves_after_an_earlier_one_that_began_before",
        definition=_two_into(_WAIT, {"main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A{w=600}", "B/1 running, O/1 waiting"),
            ("B{w=0}", "O/1 waiting, O/2 waiting"),
            ("+600", "Z/1 running, Z/2 running"),
        ),
    ),
    Case(
        name="waits_that_end_in_another_order_than_they_began_leave_in_the_order_of_visits",
        definition=_two_into(_WAIT, {"main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A{w=1200}, B{w=600}", "O/1 waiting, O/2 waiting"),
            ("+600", "O/1 waiting, O/2 waiting"),
            ("+600", "Z/1 running, Z/2 running"),
        ),
    ),
    Case(
        name="a_wait_that_only_a_worker_can_read_goes_before_a_later_one_that_the_database_ends",
        definition=_two_into(_WAIT, {"main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B{w=0}", "O/1 running, O/2 waiting"),
            ("O/1@600", "O/1 waiting, O/2 waiting"),
            ("+600", "Z/1 running, Z/2 running"),
        ),
    ),
    Case(
        name="an_if_that_only_a_worker_can_decide_goes_before_a_later_one_that_the_database_decides",
        definition=_two_into(_IF, {"true": "Y", "false": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B{y=1}", "O/1 running, O/2 waiting"),
            ("O:false", "Y/1 running, Z/1 running"),
        ),
    ),
    Case(
        name="an_if_that_fails_and_continues_goes_before_a_later_one",
        definition=_two_into({**_IF, "on_error": "continue"}, {"true": "Y", "false": "Y", "main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B{y=1}", "O/1 running, O/2 waiting"),
            ("O!", "Y/1 running, Z/1 running"),
        ),
    ),
    Case(
        name="an_if_that_fails_and_leaves_through_error_goes_before_a_later_one",
        definition=_two_into({**_IF, "on_error": "port"}, {"true": "Y", "false": "Y", "error": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B{y=0}", "O/1 running, O/2 waiting"),
            ("O!", "Y/1 running, Z/1 running"),
        ),
    ),
    Case(
        name="an_if_that_fails_ends_the_execution_though_a_later_one_waits_for_it",
        definition=_two_into(_IF, {"true": "Y", "false": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B{y=1}", "O/1 running, O/2 waiting"),
            ("O!", "failed"),
        ),
    ),
    Case(
        name="a_router_without_a_way_on_fails_after_an_earlier_visit_has_left",
        definition=_two_into({**_ROUTER, "on_error": "continue"}, {"a": "Y", "main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B{y=0}", "O/1 running, O/2 waiting"),
            ("O:a", "Y/1 running, Z/1 running"),
        ),
    ),
    Case(
        name="a_set_context_that_only_a_worker_can_read_goes_before_a_later_one",
        definition=_two_into(flow("O", "SET_CONTEXT", {"values": {"k": "{{ y }}"}}), {"main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B{y=1}", "O/1 running, O/2 waiting"),
            ("O", "Z/1 running, Z/2 running"),
        ),
    ),
    Case(
        name="a_visit_that_an_operator_cancels_and_that_continues_leaves_after_an_earlier_one",
        definition=_two_into({**_IF, "on_error": "continue"}, {"true": "Y", "false": "Y", "main": "Z"}),
        begins=_BEGINS,
        then=(
            ("A, B", "O/1 running, O/2 running"),
            ("O/2~", "O/1 running, O/2 waiting"),
            ("O/1:true", "Y/1 running, Z/1 running"),
        ),
    ),
    Case(
        name="three_waits_leave_together_behind_the_longest",
        definition=_waits("A", "B", "D"),
        begins="A/1 running, B/1 running, C/1 running, D/1 running",
        then=(
            ("A{w=1800}, B{w=0}, D{w=600}", "C/1 running, O/1 waiting, O/2 waiting, O/3 waiting"),
            ("+600", "C/1 running, O/1 waiting, O/2 waiting, O/3 waiting"),
            ("C{w=0}", "O/1 waiting, O/2 waiting, O/3 waiting, Z/1 running"),
            ("+1200", "Z/1 running, Z/2 running, Z/3 running, Z/4 running"),
        ),
    ),
    Case(
        name="a_wait_that_ends_together_with_an_earlier_one_keeps_its_turn_among_the_others",
        definition=_waits("A", "B"),
        begins="A/1 running, B/1 running, C/1 running",
        then=(
            ("A{w=600}, C{w=1200}, B{w=1800}", "O/1 waiting, O/2 waiting, V/1 waiting"),
            ("+1800", "Z/1 running, Z/2 running, Z/3 running"),  # from O/1, V/1, O/2
        ),
    ),
    Case(
        name="a_wait_that_ends_together_with_an_earlier_but_longer_one_leaves_after_it",
        definition=_waits("A", "B"),
        begins="A/1 running, B/1 running, C/1 running",
        then=(
            ("A{w=1800}, B{w=600}, C{w=1200}", "O/1 waiting, O/2 waiting, V/1 waiting"),
            ("+1800", "Z/1 running, Z/2 running, Z/3 running"),  # from V/1, O/1, O/2
        ),
    ),
    Case(
        name="results_for_different_queues_leave_in_the_order_reported",
        definition=workflow(
            [step("A"), flow("I", "IF", {"condition": "y == 1"}), step("Z", join="each")], ["S -> A", "S -> I", "A -> Z", "I.true -> Z"]
        ),
        begins="A/1 running, I/1 running",
        then=(("A, I:true", "Z/1 running, Z/2 running"),),  # Z/1 from A, whose queue is called test; that of I is called default
    ),
    Case(
        name="inline_nodes_of_different_queues_leave_in_order_of_creation",
        definition=workflow(
            [step("A"), flow("P", "JOIN", queue="z"), flow("Q", "JOIN", queue="y"), step("Z", join="each")],
            ["S -> A", "A -> P", "A -> Q", "P -> Z", "Q -> Z"],
        ),
        begins="A/1 running",
        then=(("A", "Z/1 running, Z/2 running"),),
    ),
    Case(
        name="a_step_lets_its_visits_leave_in_order",
        definition=workflow([step("L"), step("O", ordered=True), step("Z")], ["S -> L", "L.a -> L", "L -> O", "O -> Z"]),
        begins="L/1 running",
        then=(
            ("L:a+main", "L/2 running, O/1 running"),
            ("L", "O/1 running, O/2 running"),
            ("O/2", "O/1 running, O/2 waiting"),
            ("O/1", "Z/1 running, Z/2 running"),
            ("Z, Z", "completed"),
        ),
    ),
)
