"""A pattern played by the database."""

from collections.abc import Mapping
from typing import Any

from interlock.controlplane import AssignmentResult
from tests.model.database import Claimed, Database
from tests.model.state import Key
from tests.patterns.normal_form import TERMINAL, End, Visit
from tests.patterns.pattern import Action, Answer, Scenario


class DatabaseEngine:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.executions: list[str] = []
        self._held: dict[Visit, Claimed] = {}

    async def start(self, scenario: Scenario) -> None:
        self.executions = await self._database.start(await self._database.save(scenario.definition), scenario.inputs)

    async def claim(self) -> Mapping[Visit, Mapping[str, Any]]:
        while await self._database.tick():
            pass
        claimed = {self.visit_of(one): one for one in await self._database.claim()}
        self._held |= claimed
        return {visit: one.input for visit, one in claimed.items()}

    async def answer(self, visit: Visit, answer: Answer) -> None:
        answers, claimed = await self._database.exchange([self.result_of(visit, answer)], capacity=0)
        assert answers == ["ok"]
        assert not claimed

    def result_of(self, visit: Visit, answer: Answer) -> AssignmentResult:
        """What is sent for a visit that is held, which is not held any longer."""
        return result_of(self._held.pop(visit), answer)

    async def act(self, execution: int, action: Action) -> None:
        match action.kind:
            case "cancel":
                await self._database.cancel(self.executions[execution])
            case "cancel_assignment":
                node, visit = action.name.split("/")
                await self._database.cancel_assignment(self.executions[execution], Key(node, int(visit)))
            case _:
                await self._database.pass_time(action.seconds)

    async def ended(self) -> frozenset[Visit]:
        seen = await self._database.seen(self.executions)
        return frozenset(
            Visit(number, *key)
            for number, execution in enumerate(self.executions)
            for key, (status, _) in seen[execution].assignments.items()
            if status in TERMINAL
        )

    async def in_order(self) -> list[Visit]:
        """Returns all visits of all executions, in the order in which they changed last."""
        return [
            Visit(self.executions.index(execution), node, visit) for execution, node, visit in await self._database.visits_in_order(self.executions)
        ]

    async def end(self, execution: int) -> End:
        execution_id = self.executions[execution]
        assert not await self._database.violations([execution_id])
        seen = (await self._database.seen([execution_id]))[execution_id]
        return End(
            status=seen.status,
            output=(await self._database.outputs([execution_id]))[execution_id],
            error=seen.error,
            order=[_name(key) for key in await self._database.completed_in_order(execution_id)],
            otherwise={_name(key): status for key, (status, _) in seen.assignments.items() if status != "completed"},
        )

    def visit_of(self, claimed: Claimed) -> Visit:
        return Visit(self.executions.index(claimed.execution_id), *claimed.key)


def _name(key: Key) -> str:
    return f"{key.node}/{key.visit}"


def result_of(claimed: Claimed, answer: Answer) -> AssignmentResult:
    sent = AssignmentResult(
        execution_id=claimed.execution_id,
        assignment_id=claimed.assignment_id,
        attempt=claimed.attempt,
        outcome="completed",
        output=dict(answer.output),
    )
    if answer.fails:
        sent["outcome"] = "failed"
        sent["error"] = {"code": answer.fails, "message": "It broke.", "retryable": False}
    elif answer.waits_for:
        sent["outcome"] = "waiting"
        sent["wait"] = {"for": answer.waits_for}
    else:
        sent["port"] = answer.ports[0] if len(answer.ports) == 1 else list(answer.ports)
    return sent
