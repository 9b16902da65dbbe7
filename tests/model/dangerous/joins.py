"""Joins: which tokens still come, which come too late, and which join waits for which."""

from tests.model.graphs import Definition, flow, step, workflow
from tests.model.scripts import Case

_MUTUAL = ["S -> A", "S -> B", "A -> J1", "B -> J2", "J1 -> J2", "J2 -> J1"]


def _first_in_a_loop(late: str) -> Definition:
    nodes = [step("L"), step("A"), step("B"), step("C"), step("F", join="first", late=late)]
    return workflow(nodes, ["S -> L", "L.a -> A", "L.b -> B", "L.main -> C", "A -> F", "B -> F", "C -> F", "F.a -> L"])


CASES = (
    Case(
        name="mutual_joins",
        definition=workflow([step("A"), step("B"), step("J1"), step("J2")], _MUTUAL),
        begins="A/1 running, B/1 running",
        then=(
            ("A", "B/1 running, J1/1 holding"),  # B can come to J1 through J2
            ("B", "J1/1 running, J2/1 holding"),  # each waits for the other: J1 is first in compiled order, and J2 waits for it
            ("J1", "J2/1 running"),
            ("J2", "J1/2 running"),
            ("J1:a", "completed"),
        ),
    ),
    Case(
        name="mutual_joins_reported_together",
        definition=workflow([step("A"), step("B"), step("J1"), step("J2")], _MUTUAL),
        begins="A/1 running, B/1 running",
        then=(
            ("B, A", "J1/1 running, J2/1 holding"),
            ("J1:a", "J2/1 running"),  # nothing comes from J1 any more
            ("J2:a", "completed"),
        ),
    ),
    Case(
        name="mutual_joins_beside_an_open_question_to_a_person",
        definition=workflow([step("A"), step("B"), step("J1"), step("J2"), step("P")], [*_MUTUAL, "S -> P"]),
        begins="A/1 running, B/1 running, P/1 running",
        then=(
            ("P?", "A/1 running, B/1 running, P/1 waiting"),
            ("A", "B/1 running, J1/1 holding, P/1 waiting"),
            ("B", "J1/1 running, J2/1 holding, P/1 waiting"),
            ("J1", "J2/1 running, P/1 waiting"),
            ("J2:a", "P/1 waiting"),
        ),
    ),
    Case(
        name="a_loop_delivers_to_a_join_outside_it_before_the_other_branch",
        definition=workflow([step("L"), step("X"), step("J"), step("K")], ["S -> L", "S -> X", "L -> J", "L -> K", "K.again -> L", "X -> J"]),
        begins="L/1 running, X/1 running",
        then=(
            ("L", "J/1 holding, K/1 running, X/1 running"),
            ("K:again", "J/1 holding, L/2 running, X/1 running"),
            ("L", "J/1 holding, J/2 holding, K/2 running, X/1 running"),
            ("X", "J/1 running, J/2 running, K/2 running"),  # one round each; nobody can bring a second token from X
            ("J/2", "J/1 running, K/2 running"),
            ("K, J", "completed"),
        ),
    ),
    Case(
        name="a_loop_delivers_to_a_join_outside_it_after_the_other_branch",
        definition=workflow([step("L"), step("X"), step("J"), step("K")], ["S -> L", "S -> X", "L -> J", "L -> K", "K.again -> L", "X -> J"]),
        begins="L/1 running, X/1 running",
        then=(
            ("X", "J/1 holding, L/1 running"),
            ("L", "J/1 running, K/1 running"),
            ("K:again", "J/1 running, L/2 running"),
            ("L", "J/1 running, J/2 running, K/2 running"),
            ("J, J, K", "completed"),
        ),
    ),
    Case(
        name="a_first_join_in_a_loop_whose_branches_change_swallows_the_late_one",
        definition=_first_in_a_loop("swallow"),
        begins="L/1 running",
        then=(
            ("L:a+b", "A/1 running, B/1 running"),
            ("A", "B/1 running, F/1 running"),  # B is late for F/1
            ("F:a", "B/1 running, L/2 running"),
            ("L", "B/1 running, C/1 running"),
            ("C", "B/1 running, F/2 running"),
            ("B", "F/2 running"),  # swallowed
            ("F:b", "completed"),
        ),
    ),
    Case(
        name="a_first_join_in_a_loop_lets_the_late_branch_count_when_its_slot_is_taken",
        definition=_first_in_a_loop("swallow"),
        begins="L/1 running",
        then=(
            ("L:a+b", "A/1 running, B/1 running"),
            ("B", "A/1 running, F/1 running"),
            ("F:a", "A/1 running, L/2 running"),
            ("L:b", "A/1 running, B/2 running"),  # A is late for F/1, B/2 is not
            ("A", "B/2 running"),  # swallowed by F/1
            ("B", "F/2 running"),
            ("F:b", "completed"),
        ),
    ),
    Case(
        name="a_first_join_in_a_loop_that_holds_waits_for_the_late_branch",
        definition=_first_in_a_loop("hold"),
        begins="L/1 running",
        then=(
            ("L:a+b", "A/1 running, B/1 running"),
            ("A", "B/1 running, F/1 running"),
            ("F:a", "B/1 running, L/2 running"),
            ("L", "B/1 running, C/1 running"),
            ("C", "B/1 running, F/2 holding"),
            ("B", "F/2 running"),
            ("F:b", "completed"),
        ),
    ),
    Case(
        name="a_first_join_in_a_loop_that_cancels_ends_the_late_branch",
        definition=_first_in_a_loop("cancel"),
        begins="L/1 running",
        then=(
            ("L:a+b", "A/1 running, B/1 running"),
            ("A", "F/1 running"),
            ("F:a", "L/2 running"),
            ("L:b", "B/2 running"),
            ("B", "F/2 running"),
            ("F:b", "completed"),
        ),
    ),
    Case(
        name="a_count_that_can_no_longer_be_filled",
        definition=workflow(
            [step("A"), step("B"), step("C"), step("J", join={"count": 2})], ["S -> A", "S -> B", "S -> C", "A -> J", "B -> J", "C -> J"]
        ),
        begins="A/1 running, B/1 running, C/1 running",
        then=(
            ("A", "B/1 running, C/1 running, J/1 holding"),
            ("B:a", "C/1 running, J/1 holding"),
            ("C:a", "failed"),
        ),
    ),
    Case(
        name="a_count_that_can_no_longer_be_filled_and_goes_on",
        definition=workflow(
            [step("A"), step("B"), step("J", join={"count": 2}, on_error="continue"), step("D")], ["S -> A", "S -> B", "A -> J", "B -> J", "J -> D"]
        ),
        begins="A/1 running, B/1 running",
        then=(
            ("A", "B/1 running, J/1 holding"),
            ("B:a", "D/1 running"),
            ("D", "completed"),
        ),
    ),
    Case(
        name="two_exits_of_a_loop_joined_later",
        definition=workflow([step("L"), step("M"), step("J")], ["S -> L", "L -> M", "M.a -> L", "L.b -> J", "M.b -> J"]),
        begins="L/1 running",
        then=(
            ("L", "M/1 running"),
            ("M:a", "L/2 running"),
            ("L:b", "J/1 running"),  # one token is in the loop, and it has left: nothing to wait for
            ("J", "completed"),
        ),
    ),
    Case(
        name="two_exits_of_a_loop_taken_by_two_tokens_and_joined_later",
        definition=workflow([step("L"), step("M"), step("J")], ["S -> L", "L -> M", "M.a -> L", "L.b -> J", "M.b -> J"]),
        begins="L/1 running",
        then=(
            ("L:main+b", "J/1 holding, M/1 running"),
            ("M:a", "J/1 holding, L/2 running"),  # the round can still end at M
            ("L:b", "J/1 running, J/2 running"),  # it ended at L again: a second visit, and nobody left to wait for
            ("J/2, J/1", "completed"),
        ),
    ),
    Case(
        name="two_exits_of_a_loop_that_meet_in_one_visit",
        definition=workflow([step("L"), step("M"), step("J")], ["S -> L", "L -> M", "M.a -> L", "L.b -> J", "M.b -> J"]),
        begins="L/1 running",
        then=(
            ("L:main+b", "J/1 holding, M/1 running"),
            ("M:b", "J/1 running"),
            ("J", "completed"),
        ),
    ),
    Case(
        name="a_join_whose_other_branch_fails_and_continues",
        definition=workflow([step("A"), step("B", on_error="continue"), step("J")], ["S -> A", "S -> B", "A -> J", "B -> J"]),
        begins="A/1 running, B/1 running",
        then=(
            ("A", "B/1 running, J/1 holding"),
            ("B!", "J/1 running"),
            ("J", "completed"),
        ),
    ),
    Case(
        name="a_join_whose_other_branch_fails",
        definition=workflow([step("A"), step("B"), step("J")], ["S -> A", "S -> B", "A -> J", "B -> J"]),
        begins="A/1 running, B/1 running",
        then=(
            ("A", "B/1 running, J/1 holding"),
            ("B!", "failed"),
        ),
    ),
    Case(
        name="two_tokens_of_one_branch_do_not_make_a_round",
        definition=workflow([step("L"), step("B"), step("J")], ["S -> L", "S -> B", "L -> J", "L.a -> L", "B -> J"]),
        begins="B/1 running, L/1 running",
        then=(
            ("L:main+a", "B/1 running, J/1 holding, L/2 running"),
            ("L", "B/1 running, J/1 holding, J/2 holding"),
            ("B", "J/1 running, J/2 running"),
            ("J, J", "completed"),
        ),
    ),
    Case(
        name="a_person_keeps_the_execution_open",
        definition=workflow([step("A"), step("P")], ["S -> A", "S -> P"]),
        begins="A/1 running, P/1 running",
        then=(
            ("P?", "A/1 running, P/1 waiting"),
            ("A", "P/1 waiting"),
        ),
    ),
    Case(
        name="a_wait_that_an_operator_cancels_leaves_with_the_error",
        definition=workflow(
            [step("A", on_error="continue"), flow("W", "WAIT", {"seconds": 600}, on_error="continue"), step("Z", join="each")],
            ["S -> A", "S -> W", "A -> Z", "W -> Z"],
        ),
        begins="A/1 running, W/1 waiting",
        then=(
            ("A{y=1}@600", "A/1 waiting, W/1 waiting"),
            ("A/1~", "W/1 waiting, Z/1 running"),
            ("W/1~", "Z/1 running, Z/2 running"),
        ),
    ),
    Case(
        name="a_join_begins_only_when_all_nodes_without_a_worker_have_settled",
        definition=workflow(
            [*(flow(f"P{number}", "JOIN") for number in range(20)), flow("J", "JOIN", join="first"), step("F", join="first")],
            ["S -> P0", *(f"P{number} -> P{number + 1}" for number in range(19)), "S -> J", "P19 -> J", "P18 -> F", "J -> F"],
        ),
        begins="F/1 running",  # with what P18 brought; J came too late
        then=(("F", "completed"),),
    ),
)
