"""Calls the operations of the API without a server, as a user of a role, over a real database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from interlock.api.auth.principal import Principal
from interlock.api.call import Call, Services, perform, watch
from interlock.api.models.executions import ExecutionEvent
from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS
from interlock.api.storable import check_storable
from tests.controlplane.plane import Plane


def person(name: str, role: Role = Role.ADMIN, *, workspace_id: int = 1, workspace: str = "default") -> Principal:
    return Principal(user_id=uuid4(), name=name, workspace_id=workspace_id, workspace=workspace, role=role, via="session")


class Asking:
    """A caller; its `plane` moves workers and the clock by hand."""

    def __init__(self, services: Services, principal: Principal | None = None) -> None:
        self.call = Call(services=services, principal=principal or person("ann@example.org"))
        self.plane = Plane(services.pool)
        self.services = services

    def as_another(self, name: str) -> "Asking":
        return Asking(self.services, person(name))

    async def ask(self, operation: str, *, trace_parent: str | None = None, **request: Any) -> Any:
        chosen = OPERATIONS[operation]
        asked = chosen.request(**request)
        check_storable(asked)
        return await perform(replace(self.call, trace_parent=trace_parent), chosen, asked)

    def watch(self, execution: UUID, since: int = 0) -> AsyncIterator[ExecutionEvent]:
        chosen = OPERATIONS["watch_execution"]
        return watch(self.call, chosen, chosen.request.model_validate({"execution_id": execution, "since": since}))
