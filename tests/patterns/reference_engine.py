"""A pattern played by the reference. It shows that a scenario expects what the description says."""

from collections.abc import Mapping
from typing import Any

from tests.model import reference
from tests.model.graph import Graph
from tests.model.reference import Outcome
from tests.model.state import Key, State
from tests.model.walks import settled
from tests.patterns.normal_form import TERMINAL, End, Visit
from tests.patterns.pattern import Action, Answer, Scenario


class ReferenceEngine:
    """Plays each execution by itself. It knows no locks, and claims everything that is pending."""

    def __init__(self, scenario: Scenario) -> None:
        self._graph = Graph.of(scenario.definition)
        self._states: list[State] = []
        self._claimed: set[Visit] = set()
        self._order: list[list[str]] = []

    async def start(self, scenario: Scenario) -> None:
        self._order = [[] for _ in scenario.inputs]
        self._states = [reference.start(self._graph, given) for given in scenario.inputs]
        for execution, state in enumerate(self._states):
            self._set(execution, settled(self._graph, state))

    async def claim(self) -> Mapping[Visit, Mapping[str, Any]]:
        running = {Visit(n, *a.key): a.input for n, state in enumerate(self._states) for a in state.of_status("running")}
        new = {visit: given for visit, given in running.items() if visit not in self._claimed}
        self._claimed |= new.keys()
        return new

    async def answer(self, visit: Visit, answer: Answer) -> None:
        kind = "failed" if answer.fails else "waiting" if answer.waits_for else "completed"
        outcome = Outcome(
            key=Key(visit.node, visit.visit),
            kind=kind,
            output=answer.output,
            ports=answer.ports,
            code=answer.fails or "",
            waits_for=answer.waits_for or "",
        )
        self._set(visit.execution, settled(self._graph, reference.report(self._graph, self._states[visit.execution], [outcome])))

    async def act(self, execution: int, action: Action) -> None:
        state = self._states[execution]
        match action.kind:
            case "cancel":
                after = reference.cancel(self._graph, state)
            case "cancel_assignment":
                node, visit = action.name.split("/")
                after = reference.cancel_assignment(self._graph, state, Key(node, int(visit)))
            case _:
                after = reference.pass_time(self._graph, state)
        self._set(execution, settled(self._graph, after))

    async def ended(self) -> frozenset[Visit]:
        return frozenset(Visit(n, *a.key) for n, state in enumerate(self._states) for a in state.of_status(*TERMINAL))

    async def end(self, execution: int) -> End:
        state = self._states[execution]
        return End(
            status=reference.status_of(state),
            output=state.output,
            error=state.error,
            order=self._order[execution],
            otherwise={f"{a.key.node}/{a.key.visit}": a.shown_status for a in state.assignments.values() if a.shown_status != "completed"},
        )

    def _set(self, execution: int, state: State) -> None:
        self._states[execution] = state
        for a in state.of_status("completed"):
            name = f"{a.key.node}/{a.key.visit}"
            if name not in self._order[execution] and not a.is_leaving:
                self._order[execution].append(name)
