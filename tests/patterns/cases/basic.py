"""1 to 5: the basic patterns."""

from tests.model.graphs import Definition, flow, step, workflow
from tests.patterns.pattern import Action, Pattern, Scenario, answer, either

_FORK = workflow([step("A"), step("B"), step("J")], ["S -> A", "S -> B", "A -> J", "B -> J"])


def _late_branch(seconds: int) -> Definition:
    nodes = [step("A"), flow("W", "WAIT", {"seconds": seconds}), step("J")]
    return workflow(nodes, ["S -> A", "S -> W", "A -> J", "W -> J"])


def _router(*, default: bool) -> Definition:
    rules = [{"condition": f"x == {number}", "port": f"p{number}"} for number in range(4)]
    config = {"rules": rules, **({"default": "other"} if default else {})}
    nodes = [flow("R", "ROUTER", {"custom_config": config}), *(step(f"P{number}") for number in range(4)), step("D")]
    return workflow(nodes, [*(f"R.p{number} -> P{number}" for number in range(4)), "S -> R", *(["R.other -> D"] if default else ["P3 -> D"])])


_SWITCH = workflow(
    [
        flow("R", "SWITCH", {"value": "kind", "cases": [{"equals": "dog", "port": "dog"}, {"equals": "cat", "port": "cat"}]}),
        step("DOG"),
        step("CAT"),
        step("D"),
    ],
    ["S -> R", "R.dog -> DOG", "R.cat -> CAT", "R.default -> D"],
)

_MERGE = workflow(
    [flow("I", "IF", {"condition": "x == 1"}), step("A"), step("B"), step("M"), step("Z")],
    ["S -> I", "I.true -> A", "I.false -> B", "A -> M", "B -> M", "M -> Z"],
)

PATTERNS = (
    Pattern(
        number=1,
        name="Sequence",
        construct="a connection",
        scenarios=(
            Scenario(
                name="one after the other",
                definition=workflow([step("A"), step("B"), step("C")], ["S -> A", "A -> B", "B -> C"]),
                order=("S/1", "A/1", "B/1", "C/1"),
                answers={"C/1": answer(end=3)},
                output={"C": {"end": 3}},
            ),
        ),
    ),
    Pattern(
        number=2,
        name="Parallel Split",
        construct="several connections from one port",
        scenarios=(
            Scenario(
                name="both begin",
                definition=workflow([step("A"), step("B"), step("C")], ["S -> A", "A -> B", "A -> C"]),
                order=("S/1", "A/1", either("B/1", "C/1")),
            ),
        ),
    ),
    Pattern(
        number=3,
        name="Synchronization",
        construct="a node with several incoming connections (`join: all`)",
        scenarios=(
            Scenario(
                name="the second branch last",
                definition=_FORK,
                answers={"A/1": answer(a=1, last="A"), "B/1": answer(b=2, last="B", after=("A/1",)), "J/1": answer(joined=True)},
                order=("S/1", "A/1", "B/1", "J/1"),
                given={"J/1": {"a": 1, "b": 2, "last": "B"}},
                output={"J": {"joined": True}},
            ),
            Scenario(
                name="the first branch last",
                definition=_FORK,
                answers={"A/1": answer(a=1, last="A", after=("B/1",)), "B/1": answer(b=2, last="B")},
                given={"J/1": {"a": 1, "b": 2, "last": "B"}},
                order=("S/1", "B/1", "A/1", "J/1"),
            ),
            *(
                Scenario(
                    name=f"one branch {seconds} seconds later",
                    definition=_late_branch(seconds),
                    actions=(Action(kind="pass_time", seconds=seconds),),
                    order=("S/1", *wait, "J/1"),
                )
                for seconds, wait in ((1, [either("A/1", "W/1")]), (3600, ["A/1", "W/1"]))  # a second may pass before A has answered
            ),
        ),
    ),
    Pattern(
        number=4,
        name="Exclusive Choice",
        construct="`ROUTER` (first rule that holds), `SWITCH`, `IF`; or a step's own port",
        scenarios=(
            *(
                Scenario(
                    name=f"rule {number} of four",
                    definition=_router(default=True),
                    inputs=({"x": number},),
                    order=("S/1", "R/1", f"P{number}/1"),
                )
                for number in range(4)
            ),
            Scenario(name="no rule takes the default", definition=_router(default=True), inputs=({"x": 9},), order=("S/1", "R/1", "D/1")),
            Scenario(
                name="no rule and no default is an error",
                definition=_router(default=False),
                inputs=({"x": 9},),
                order=("S/1",),
                otherwise={"R/1": "failed"},
                status="failed",
                error="no_route",
            ),
            Scenario(name="a case of a switch", definition=_SWITCH, inputs=({"kind": "cat"},), order=("S/1", "R/1", "CAT/1")),
            Scenario(name="no case of a switch", definition=_SWITCH, inputs=({"kind": "cow"},), order=("S/1", "R/1", "D/1")),
            Scenario(
                name="a step chooses",
                definition=workflow([step("A"), step("B"), step("C")], ["S -> A", "A.a -> B", "A.b -> C"]),
                answers={"A/1": answer("b")},
                order=("S/1", "A/1", "C/1"),
            ),
        ),
    ),
    Pattern(
        number=5,
        name="Simple Merge",
        construct="a node with several incoming connections: it waits for no branch that was not taken",
        scenarios=tuple(
            Scenario(
                name=f"branch {branch}",
                definition=_MERGE,
                inputs=({"x": x},),
                order=("S/1", "I/1", f"{branch}/1", "M/1", "Z/1"),
            )
            for x, branch in ((1, "A"), (0, "B"))
        ),
    ),
)
