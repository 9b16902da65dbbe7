"""The normal form of a pattern: one worker, one answer at a time, always the first that may be given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from tests.patterns.pattern import Action, Answer, Name, Scenario

TERMINAL = ("completed", "failed", "cancelled")


class Visit(NamedTuple):
    execution: int
    node: str
    visit: int

    @property
    def name(self) -> Name:
        return f"{self.node}/{self.visit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    status: str
    output: Mapping[str, Any] | None
    error: str | None
    order: Sequence[Name]
    """What completed, in order."""
    otherwise: Mapping[Name, str]
    """All other visits, with their status."""


class Engine(Protocol):
    """The database, or the reference."""

    async def start(self, scenario: Scenario) -> None: ...

    async def claim(self) -> Mapping[Visit, Mapping[str, Any]]:
        """Claims everything that can be claimed now. Returns each visit with its input."""
        ...

    async def answer(self, visit: Visit, answer: Answer) -> None: ...

    async def act(self, execution: int, action: Action) -> None: ...

    async def ended(self) -> frozenset[Visit]:
        """Returns all visits that are completed, failed or cancelled."""
        ...

    async def end(self, execution: int) -> End: ...


async def run(engine: Engine, scenario: Scenario, *, order: Sequence[Visit] = ()) -> None:
    """Play the scenario to its end and compare.

    Args:
        order: in which order visits are answered where several may be; by default that of the executions and of the nodes in the definition.
    """
    places = {visit: place for place, visit in enumerate(order)}
    await engine.start(scenario)
    held: dict[Visit, Mapping[str, Any]] = {}
    seen: set[Visit] = set()
    actions = list(scenario.actions)
    positions = [node["id"] for node in scenario.definition["nodes"]]
    while True:
        claimed = await engine.claim()
        assert not seen & claimed.keys(), "a visit was handed out twice"
        seen |= claimed.keys()
        held |= claimed
        check_given(scenario, claimed)
        ended = await engine.ended()
        held = {visit: given for visit, given in held.items() if visit not in ended}
        assert sum(visit.node in scenario.alone for visit in held) <= 1, f"together: {list(held)}"
        if ready := [visit for visit in held if may_answer(scenario, visit, ended)]:
            first = min(ready, key=lambda visit: (places.get(visit, len(places)), visit.execution, positions.index(visit.node), visit.visit))
            del held[first]
            await engine.answer(first, scenario.answers.get(first.name, Answer()))
        elif actions:
            action = actions.pop(0)
            for execution in range(len(scenario.inputs)):
                await engine.act(execution, action)
        else:
            break
    for execution in range(len(scenario.inputs)):
        check_end(scenario, await engine.end(execution))


def may_answer(scenario: Scenario, visit: Visit, ended: frozenset[Visit]) -> bool:
    answer = scenario.answers.get(visit.name, Answer())
    names = {other.name for other in ended if other.execution == visit.execution}
    return not answer.hangs and names.issuperset(answer.after)


def check_given(scenario: Scenario, claimed: Mapping[Visit, Mapping[str, Any]]) -> None:
    for visit, given in claimed.items():
        expected = scenario.given.get(visit.name, {})
        assert {key: given.get(key) for key in expected} == expected, f"input of {visit.name}"


def check_end(scenario: Scenario, end: End) -> None:
    """Check what must hold at the end, in every form."""
    assert end.status == scenario.status
    assert end.error == scenario.error or scenario.error is None
    assert dict(end.otherwise) == dict(scenario.otherwise)
    rest = list(end.order)
    for stage in scenario.order:
        names = {stage} if isinstance(stage, str) else set(stage)
        assert set(rest[: len(names)]) == names, f"order: {end.order}"
        rest = rest[len(names) :]
    assert not rest, f"more than expected: {rest}"
    if scenario.output is not None:
        output = end.output or {}
        found = {key: output.get(key) for key in scenario.output}
        expected = dict(scenario.output)
        for key, value in expected.items():  # of a node's output only what is expected of it
            if isinstance(value, Mapping):
                found[key] = {inner: (found[key] or {}).get(inner) for inner in value}
        assert found == expected
