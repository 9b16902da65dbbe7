"""A second workspace in a test of the control plane."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from interlock.controlplane import ControlPlane
from tests.controlplane.plane import Plane, Row, TestWorker
from tests.model.graphs import workflow
from tests.model.versions import compiled


class Workspace:
    """A workspace, whose workflows are deployed and started without the limit of a call."""

    def __init__(self, plane: Plane, workspace_id: int) -> None:
        self.id = workspace_id
        self.plane = plane
        self.control = ControlPlane(plane.pool, workspace_id)
        """As the API calls for its users."""
        self._workflows: dict[str, UUID] = {}

    async def deploy(
        self, nodes: Sequence[Row], edges: Sequence[str], name: str = "flow", *, queues: Mapping[str, str] | None = None, **more: Any
    ) -> int:
        """Saves a workflow; returns the id of its version. `queues` renames queues, also to names that definitions may not have."""
        definition = {**workflow(nodes, edges, name), **more}
        form, checksum = compiled(definition)
        for node in form["nodes"]:
            node["queue"] = (queues or {}).get(node["queue"], node["queue"])
        self._workflows[name] = await self.plane.value(
            """insert into interlock.workflows (id, name, current_version, created_at, updated_at, workspace_id)
               values (interlock.uuidv7(), %s, 0, now(), now(), %s) returning id""",
            name,
            self.id,
        )
        version_id: int = await self.plane.value(
            "select version_id from interlock.keep_version(%s, %s, %s, %s, '{}', null, interlock.now(), null)",
            self._workflows[name],
            json.dumps(definition),
            json.dumps(form),
            checksum,
        )
        return version_id

    async def start(self, workflow: str = "flow", /, **given: Any) -> UUID:
        [execution_id] = await self.start_many([given], workflow)
        return execution_id

    async def start_many(self, inputs: Sequence[Row], workflow: str = "flow") -> list[UUID]:
        asked = [{"input": given} for given in inputs]
        started = await self.plane.control.start_executions(str(self._workflows[workflow]), asked)
        executions = [one.execution_id for one in started if one.execution_id is not None]
        assert len(executions) == len(inputs)
        return executions

    async def worker(self, *queues: str) -> TestWorker:
        """A worker that a user of the workspace registers over the API."""
        return await self.plane.worker(*queues, control=self.control)


async def add_workspace(plane: Plane, name: str = "other") -> Workspace:
    return Workspace(plane, await plane.value("insert into interlock.workspaces (name, created_at) values (%s, now()) returning id", name))


def first_workspace(plane: Plane) -> Workspace:
    return Workspace(plane, 1)
