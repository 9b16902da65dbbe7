"""`/metrics`, for Prometheus."""

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.auth.permissions import Permission
from interlock.api.call import Services, require
from interlock.api.rest.proofs import find_principal
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from interlock.insight.metrics import CONTENT_TYPE, Sight, metrics_text


async def metrics(request: HttpRequest) -> Response:
    """Answers what the database and this process count of the caller's workspace. It needs the permission `overview.read`.

    An admin of the installation sees all workspaces, also with a key of a smaller role. Workers, and requests of the process, belong to the
    installation: only the first workspace sees them.
    """
    services: Services = request.app.state.services
    principal = require(Permission.OVERVIEW_READ, await find_principal(request, services), "metrics")
    sight = Sight(
        workspace_id=None if principal.administers_installation else principal.workspace_id,
        sees_installation=principal.workspace_id == FIRST_WORKSPACE,
        refusals=services.limits.refusals,
    )
    return Response(await metrics_text(services.pool, sight), headers={"Content-Type": CONTENT_TYPE})
