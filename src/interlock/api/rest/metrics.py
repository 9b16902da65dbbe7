"""`/metrics`, for Prometheus."""

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.auth.permissions import Permission
from interlock.api.call import Services, require
from interlock.api.rest.proofs import find_principal
from interlock.insight.metrics import CONTENT_TYPE, metrics_text


async def metrics(request: HttpRequest) -> Response:
    """Answers what the database and this process count, to a caller whose role has the permission `overview.read`."""
    services: Services = request.app.state.services
    require(Permission.OVERVIEW_READ, await find_principal(request, services), "metrics")
    return Response(await metrics_text(services.pool), headers={"Content-Type": CONTENT_TYPE})
