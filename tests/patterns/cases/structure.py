"""10, 11, 19 to 21, 39, 43: loops, ends, cancelling and critical sections."""

from tests.model.graphs import flow, step, workflow
from tests.patterns.pattern import Action, Answer, Pattern, Scenario, answer, either

_CYCLE = workflow(
    [flow("E", "IF", {"condition": "x == 1"}), step("A"), step("B"), step("U"), step("V")],
    ["S -> E", "E.true -> A", "E.false -> B", "A -> B", "B -> A", "A.a -> U", "B.a -> V"],
)

_LIMITED = workflow([step("A", max_visits=5)], ["S -> A", "A.a -> A"])

_WHILE = workflow(
    [flow("I", "IF", {"condition": "again == 1"}), step("A"), step("Z")],
    ["S -> I", "I.true -> A", "A -> I", "I.false -> Z"],
)

_REPEAT = workflow([step("A"), flow("I", "IF", {"condition": "again == 1"}), step("Z")], ["S -> A", "A -> I", "I.true -> A", "I.false -> Z"])


def _while(rounds: int) -> Scenario:
    """A loop that tests before each round."""
    order = ["S/1", "I/1"]
    for number in range(1, rounds + 1):
        order += [f"A/{number}", f"I/{number + 1}"]
    return Scenario(
        name=f"while, {rounds} rounds",
        definition=_WHILE,
        inputs=({"again": int(rounds > 0)},),
        answers={f"A/{number}": answer(again=int(number < rounds)) for number in range(1, rounds + 1)},
        order=(*order, "Z/1"),
    )


def _repeat(rounds: int) -> Scenario:
    """A loop that tests after each round."""
    order = ["S/1"]
    for number in range(1, rounds + 1):
        order += [f"A/{number}", f"I/{number}"]
    return Scenario(
        name=f"repeat, {rounds} rounds",
        definition=_REPEAT,
        answers={f"A/{number}": answer(again=int(number < rounds)) for number in range(1, rounds + 1)},
        order=(*order, "Z/1"),
    )


def _locked(*names: str) -> list[dict[str, object]]:
    return [step(name, lock="{{ account }}") for name in names]


PATTERNS = (
    Pattern(
        number=10,
        name="Arbitrary Cycles",
        construct="connections that lead back; `max_visits`",
        scenarios=(
            Scenario(
                name="in by the first entry, out by the second exit",
                definition=_CYCLE,
                inputs=({"x": 1},),
                answers={"B/3": answer("a")},
                order=("S/1", "E/1", "A/1", "B/1", "A/2", "B/2", "A/3", "B/3", "V/1"),
            ),
            Scenario(
                name="in by the second entry, out by the first exit",
                definition=_CYCLE,
                answers={"A/2": answer("a")},
                order=("S/1", "E/1", "B/1", "A/1", "B/2", "A/2", "U/1"),
            ),
            Scenario(
                name="an endless one ends with an error",
                definition=_LIMITED,
                answers={f"A/{number}": answer("a") for number in range(1, 6)},
                order=("S/1", "A/1", "A/2", "A/3", "A/4", "A/5"),
                otherwise={"A/6": "failed"},
                status="failed",
                error="max_visits_exceeded",
            ),
        ),
    ),
    Pattern(
        number=11,
        name="Implicit Termination",
        construct="nothing: an execution ends when nothing in it is open",
        scenarios=(
            Scenario(
                name="ends with its last branch",
                definition=workflow([step("A"), step("B"), step("C")], ["S -> A", "S -> B", "B -> C"]),
                answers={"A/1": answer(after=("C/1",))},
                order=("S/1", "B/1", "C/1", "A/1"),
            ),
            Scenario(
                name="a person's answer that is awaited keeps it open",
                definition=workflow([step("A"), step("P")], ["S -> A", "S -> P"]),
                answers={"P/1": Answer(waits_for="person")},
                order=("S/1", "A/1"),
                otherwise={"P/1": "waiting"},
                status="paused",
            ),
            Scenario(
                name="a time that is awaited keeps it open",
                definition=workflow([step("A"), flow("W", "WAIT", {"seconds": 60})], ["S -> A", "S -> W"]),
                actions=(Action(kind="pass_time", seconds=60),),
                order=("S/1", "A/1", "W/1"),
            ),
        ),
    ),
    Pattern(
        number=19,
        name="Cancel Activity",
        construct="`cancel_assignment`; the node's `on_error` says how the rest goes on",
        scenarios=(
            Scenario(
                name="what runs is stopped, and the rest goes on",
                definition=workflow([step("A"), step("B", on_error="continue"), step("C")], ["S -> A", "S -> B", "B -> C"]),
                answers={"B/1": Answer(hangs=True)},
                actions=(Action(kind="cancel_assignment", name="B/1"),),
                order=("S/1", "A/1", "C/1"),
                otherwise={"B/1": "cancelled"},
            ),
            Scenario(
                name="what waits is stopped, and leaves by its error port",
                definition=workflow([step("B", on_error="port"), step("C")], ["S -> B", "B.error -> C"]),
                answers={"B/1": Answer(waits_for="person")},
                actions=(Action(kind="cancel_assignment", name="B/1"),),
                order=("S/1", "C/1"),
                otherwise={"B/1": "cancelled"},
            ),
        ),
    ),
    Pattern(
        number=20,
        name="Cancel Case",
        construct="`cancel`",
        scenarios=(
            Scenario(
                name="everything that is open ends with it",
                definition=workflow(
                    [step("A"), step("B"), flow("W", "WAIT", {"seconds": 60}), step("P"), step("J")],
                    ["S -> A", "S -> B", "S -> W", "S -> P", "A -> J", "B -> J"],
                ),
                answers={"B/1": Answer(hangs=True), "P/1": Answer(waits_for="person")},
                actions=(Action(kind="cancel"),),
                order=("S/1", "A/1"),
                otherwise={"B/1": "cancelled", "W/1": "cancelled", "P/1": "cancelled", "J/1": "cancelled"},
                status="cancelled",
            ),
        ),
    ),
    Pattern(
        number=21,
        name="Structured Loop",
        construct="`IF` before or behind the round, and a connection that leads back",
        scenarios=(*(_while(rounds) for rounds in (0, 1, 4)), *(_repeat(rounds) for rounds in (1, 4))),
    ),
    Pattern(
        number=39,
        name="Critical Section",
        construct="`lock: <expression>` on nodes, or on the workflow",
        scenarios=(
            Scenario(
                name="two nodes of one execution",
                definition=workflow([*_locked("A", "B"), step("J")], ["S -> A", "S -> B", "A -> J", "B -> J"]),
                inputs=({"account": "k1"},),
                order=("S/1", either("A/1", "B/1"), "J/1"),
                alone=frozenset({"A", "B"}),
            ),
            Scenario(
                name="one node of several executions with the same key",
                definition=workflow([*_locked("A"), step("B")], ["S -> A", "A -> B"]),
                inputs=({"account": "k2"}, {"account": "k2"}, {"account": "k2"}),
                order=("S/1", "A/1", "B/1"),
                alone=frozenset({"A"}),
            ),
            Scenario(
                name="whole executions with the same key",
                definition={**workflow([step("A"), step("B")], ["S -> A", "A -> B"]), "lock": "{{ account }}"},
                inputs=({"account": "k3"}, {"account": "k3"}),
                order=("S/1", "A/1", "B/1"),
                alone=frozenset({"A", "B"}),
            ),
        ),
    ),
    Pattern(
        number=43,
        name="Explicit Termination",
        construct="`END`",
        scenarios=(
            Scenario(
                name="the rest is cancelled at once",
                definition=workflow(
                    [step("A"), step("B"), flow("W", "WAIT", {"seconds": 60}), flow("E", "END")], ["S -> A", "S -> B", "S -> W", "A -> E"]
                ),
                answers={"A/1": answer(result=7), "B/1": Answer(hangs=True)},
                order=("S/1", "A/1", "E/1"),
                otherwise={"B/1": "cancelled", "W/1": "cancelled"},
                output={"result": 7},
            ),
        ),
    ),
)
