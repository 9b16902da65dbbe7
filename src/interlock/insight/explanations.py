"""Reads why an execution is not moving."""

from uuid import UUID

from interlock.controlplane import ControlPlane
from interlock.insight.execution_details import read_status
from interlock.insight.reading import Scope
from interlock.insight.records.executions import Explanation, Reason


async def read_explanation(scope: Scope, plane: ControlPlane, execution: UUID, *, limit: int) -> Explanation:
    """Explain an execution: why it does not move as a whole, then what each of its open assignments waits for, the oldest first.

    Args:
        limit: maximum number of assignments explained, 1 or more.

    Raises:
        ExecutionNotFound: there is no such execution.
    """
    status = await read_status(scope, execution)
    reasons = [Reason.model_validate(reason) for reason in await plane.explain(execution, limit + 1)]
    of_execution = [reason for reason in reasons if reason.assignment_id is None]
    of_assignments = [reason for reason in reasons if reason.assignment_id is not None]
    return Explanation(status=status, reasons=[*of_execution, *of_assignments[:limit]], truncated=len(of_assignments) > limit)
