"""An execution with outputs of any size."""

from typing import Any, Final
from uuid import UUID

from tests.api.services.asking import Asking
from tests.controlplane.plane import completed

BRANCHES: Final = 24


def wide(name: str = "wide") -> dict[str, Any]:
    """A trigger, many nodes beside each other, and one that takes what all of them gave."""

    def node(node_id: str) -> dict[str, Any]:
        return {"id": node_id, "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "result = {}"}}

    branches = [f"b{n}" for n in range(BRANCHES)]
    return {
        "name": name,
        "nodes": [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *map(node, branches), {**node("all"), "join": "all"}],
        "connections": [*({"from": "start", "to": each} for each in branches), *({"from": each, "to": "all"} for each in branches)],
    }


async def run_wide(asking: Asking, size: int) -> UUID:
    """Each branch returns this many bytes; the last node returns nothing."""
    await asking.ask("create_workflow", definition=wide())
    execution: UUID = (await asking.ask("run_workflow", workflow="wide")).execution_id
    worker = await asking.plane.worker()
    for held in (await worker.claim()).values():
        await worker.report(completed(held, {held.name: "x" * size}))
    for held in (await worker.claim()).values():
        await worker.report(completed(held, {}))
    return execution
