"""6 to 9, 28 to 33, 38: several branches, and how they join again."""

from itertools import product

from tests.model.graphs import Definition, flow, step, workflow
from tests.patterns.pattern import Action, Answer, Name, Pattern, Scenario, answer, either

_BRANCHES = ("A", "B", "C")


def _chosen(merge: bool) -> Definition:
    """Conditions a, b and c, each by itself; if none holds, straight on."""
    config = {"rules": [{"condition": f"{key} == 1", "port": key} for key in "abc"], "default": "none", "mode": "all"}
    nodes = [flow("R", "ROUTER", {"custom_config": config}), *(step(name) for name in _BRANCHES), step("J")]
    edges = ["S -> R", *(f"R.{name.lower()} -> {name}" for name in _BRANCHES), "R.none -> J"]
    return workflow(nodes, [*edges, *(f"{name} -> J" for name in _BRANCHES)] if merge else edges)


def _choices(merge: bool) -> tuple[Scenario, ...]:
    scenarios = []
    for flags in product((0, 1), repeat=3):
        taken = [f"{name}/1" for name, flag in zip(_BRANCHES, flags, strict=True) if flag]
        last: tuple[str, ...] = ("J/1",) if merge or not taken else ()
        scenarios.append(
            Scenario(
                name="".join(name for name, flag in zip("abc", flags, strict=True) if flag) or "none",
                definition=_chosen(merge),
                inputs=(dict(zip("abc", flags, strict=True)),),
                order=("S/1", "R/1", *([either(*taken)] if taken else []), *last),
            )
        )
    return tuple(scenarios)


def _partial(count: int, late: str, branches: int = 3) -> Definition:
    """Waits for `count` of the branches; the port `a` leads back to the start."""
    names = "ABCDE"[:branches]
    nodes = [step("L"), *(step(name) for name in names), step("F", join={"count": count} if count > 1 else "first", late=late)]
    return workflow(nodes, ["S -> L", *(f"L -> {name}" for name in names), *(f"{name} -> F" for name in names), "F.a -> L"])


def _round(number: int, first: list[Name], late: list[Name]) -> list[Name | frozenset[Name]]:
    begin = ["S/1"] if number == 1 else []
    return [*begin, f"L/{number}", either(*first), *([either(*late)] if late else []), f"F/{number}"]


def _swallowing(count: int) -> Scenario:
    """Two rounds of three branches; those beyond the count come when the join has gone."""
    first, late = _BRANCHES[:count], _BRANCHES[count:]
    one, two = [f"{name}/1" for name in first], [f"{name}/2" for name in first]
    late_one, late_two = [f"{name}/1" for name in late], [f"{name}/2" for name in late]
    return Scenario(
        name=f"{count} of 3, twice",
        definition=_partial(count, "swallow"),
        answers={
            "F/1": answer("a", after=tuple(late_one)),
            "F/2": answer("b", after=tuple(late_two)),
            **{name: answer(after=tuple(one)) for name in late_one},
            **{name: answer(after=tuple(two)) for name in late_two},
        },
        order=(*_round(1, one, late_one), *_round(2, two, late_two)),
    )


def _blocking(count: int) -> Scenario:
    """The second round's tokens are there, and wait until the first round has fully arrived."""
    first, late = _BRANCHES[:count], _BRANCHES[count:]
    one, two = [f"{name}/1" for name in first], [f"{name}/2" for name in first]
    late_one, late_two = [f"{name}/1" for name in late], [f"{name}/2" for name in late]
    return Scenario(
        name=f"{count} of 3, the second round waits for the first",
        definition=_partial(count, "hold"),
        answers={
            "F/1": answer("a"),
            "F/2": answer("b"),
            **{name: answer(after=tuple(two)) for name in late_one},
            **{name: answer(after=("F/2",)) for name in late_two},
        },
        order=("S/1", "L/1", either(*one), "F/1", "L/2", either(*two), either(*late_one), "F/2", either(*late_two)),
    )


def _cancelling(count: int) -> Scenario:
    first, late = _BRANCHES[:count], _BRANCHES[count:]
    return Scenario(
        name=f"{count} of 3, the others are cancelled",
        definition=_partial(count, "cancel"),
        answers={"F/1": answer("b"), **{f"{name}/1": Answer(hangs=True) for name in late}},
        order=("S/1", "L/1", either(*(f"{name}/1" for name in first)), "F/1"),
        otherwise={f"{name}/1": "cancelled" for name in late},
    )


_MULTI_MERGE = workflow([step("A"), step("B"), step("M", join="each"), step("Z")], ["S -> A", "S -> B", "A -> M", "B -> M", "M -> Z"])

_ROUNDS = workflow(
    [step("L"), step("K"), step("X"), step("J")],
    ["S -> L", "S -> K", "L.a -> L", "L -> X", "K.a -> K", "K -> J", "X -> J"],
)

_OR_IN_A_LOOP = workflow(
    [step("L"), step("A"), step("B"), step("J"), step("D")],
    ["S -> L", "L.a -> A", "L.b -> B", "A -> J", "B -> J", "A.a -> A", "J.a -> L", "J -> D"],
)

PATTERNS = (
    Pattern(
        number=6, name="Multi-Choice", construct="`ROUTER` with `mode: all`; or a step that leaves by several ports", scenarios=_choices(merge=False)
    ),
    Pattern(number=7, name="Structured Synchronizing Merge", construct="`join: all` after a multi-choice", scenarios=_choices(merge=True)),
    Pattern(
        number=8,
        name="Multi-Merge",
        construct="`join: each`",
        scenarios=(
            Scenario(
                name="once for every token",
                definition=_MULTI_MERGE,
                answers={"B/1": answer(after=("Z/1",))},
                order=("S/1", "A/1", "M/1", "Z/1", "B/1", "M/2", "Z/2"),
            ),
            Scenario(
                name="both at once",
                definition=_MULTI_MERGE,
                answers={"M/1": answer(after=("A/1", "B/1")), "M/2": answer(after=("A/1", "B/1"))},
                order=("S/1", either("A/1", "B/1"), either("M/1", "M/2", "Z/1", "Z/2")),
            ),
        ),
    ),
    Pattern(
        number=9,
        name="Structured Discriminator",
        construct="`join: first`",
        scenarios=(_swallowing(1),),
    ),
    Pattern(
        number=28,
        name="Blocking Discriminator",
        construct="`join: first` with `late: hold`",
        scenarios=(_blocking(1),),
    ),
    Pattern(
        number=29,
        name="Cancelling Discriminator",
        construct="`join: first` with `late: cancel`",
        scenarios=(_cancelling(1),),
    ),
    Pattern(
        number=30,
        name="Structured Partial Join",
        construct="`join: {count: n}`",
        scenarios=tuple(_swallowing(count) for count in (1, 2, 3)),
    ),
    Pattern(
        number=31,
        name="Blocking Partial Join",
        construct="`join: {count: n}` with `late: hold`",
        scenarios=(_blocking(2),),
    ),
    Pattern(
        number=32,
        name="Cancelling Partial Join",
        construct="`join: {count: n}` with `late: cancel`",
        scenarios=(_cancelling(2),),
    ),
    Pattern(
        number=33,
        name="Generalized AND-Join",
        construct="`join: all`: its visits take the tokens of each connection in their order",
        scenarios=(
            Scenario(
                name="three rounds queue before the other branch comes",
                definition=_ROUNDS,
                answers={
                    "L/1": answer("a", "main"),
                    "L/2": answer("a", "main"),
                    "X/1": answer(x=1),
                    "X/2": answer(x=2, after=("X/1",)),
                    "X/3": answer(x=3, after=("X/2",)),
                    "K/1": answer("a", "main", k=1, after=("X/3",)),
                    "K/2": answer("a", "main", k=2),
                    "K/3": answer(k=3),
                    "J/1": answer(after=("K/3",)),
                    "J/2": answer(after=("J/1",)),
                    "J/3": answer(after=("J/2",)),
                },
                given={f"J/{number}": {"x": number, "k": number} for number in (1, 2, 3)},
                order=("S/1", either("L/1", "L/2", "L/3", "X/1", "X/2", "X/3"), "K/1", "K/2", "K/3", "J/1", "J/2", "J/3"),
            ),
        ),
    ),
    Pattern(
        number=38,
        name="General Synchronizing Merge",
        construct="`join: all`: it waits while a token can still come, loops included",
        scenarios=(
            Scenario(
                name="waits for the branch that goes round",
                definition=_OR_IN_A_LOOP,
                answers={
                    "L/1": answer("a", "b"),
                    "A/1": answer("a", after=("B/1",)),
                    "A/2": answer("a"),
                    "J/1": answer("a"),
                    "L/2": answer("b"),
                },
                order=("S/1", "L/1", "B/1", "A/1", "A/2", "A/3", "J/1", "L/2", "B/2", "J/2", "D/1"),
            ),
            Scenario(
                name="goes as soon as the other branch has ended elsewhere",
                definition=_OR_IN_A_LOOP,
                answers={"L/1": answer("a", "b"), "A/1": answer("b", after=("B/1",))},
                order=("S/1", "L/1", "B/1", "A/1", "J/1", "D/1"),
            ),
            Scenario(
                name="a person on an unrelated branch holds nothing back",
                definition=workflow(
                    [step("A"), step("B"), step("J1"), step("J2"), step("P")],
                    ["S -> A", "S -> B", "A -> J1", "B -> J2", "J1 -> J2", "J2.a -> J1", "S -> P"],
                ),
                answers={"P/1": Answer(waits_for="person")},
                order=("S/1", either("A/1", "B/1"), "J1/1", "J2/1"),
                otherwise={"P/1": "cancelled"},
                actions=(Action(kind="cancel"),),
                status="cancelled",
            ),
        ),
    ),
)
