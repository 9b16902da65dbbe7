"""The application: all operations, health, the OpenAPI document and the pages, behind one envelope."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

import interlock
from interlock.api.call import Services
from interlock.api.capacity import Capacity
from interlock.api.operations import OPERATIONS
from interlock.api.rest.endpoints import Endpoint, endpoint_of
from interlock.api.rest.envelope import Envelope
from interlock.api.rest.forms import PREFIX
from interlock.api.rest.health import Readiness, healthz
from interlock.api.rest.metrics import metrics
from interlock.api.rest.openapi import openapi_document
from interlock.api.rest.pages import FOLDER, Pages
from interlock.api.rest.problems import answer_with_problem
from interlock.api.settings import ApiSettings
from interlock.errors import InterlockError
from interlock.json_text import write_json

_SENT: Final = ("Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID", "Traceparent", "X-Request-Id")
_READ: Final = ("ETag", "Location", "Retry-After", "X-Request-Id")
CALL_LIMIT: Final = 1_000
"""Maximum number of requests that one process answers at once; open streams are not counted."""
_STREAMS: Final = {operation.path for operation in OPERATIONS.values() if operation.streams}


def create_app(services: Services, *, static: Path = FOLDER, call_limit: int = CALL_LIMIT) -> FastAPI:
    """Makes the application.

    `app.state.closing` is set when the process stops: then open event streams end, and their clients resume elsewhere.

    Args:
        static: folder of the built pages.
        call_limit: maximum number of requests answered at once; open streams are not counted.
    """
    app = FastAPI(title="Interlock", version=interlock.__version__, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.services = services
    app.state.closing = asyncio.Event()
    app.state.capacity = Capacity(limit=call_limit, full=f"{call_limit:,} requests are under way here")
    app.router.routes[:] = [*_operation_routes(), *_system_routes(services, Pages(static))]
    app.add_exception_handler(InterlockError, answer_with_problem)
    app.add_exception_handler(HTTPException, answer_with_problem)
    _add_middleware(app, services.settings)
    return app


def _add_middleware(app: FastAPI, settings: ApiSettings) -> None:
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=list(_SENT),
            expose_headers=list(_READ),
            allow_credentials=False,
        )
    app.add_middleware(Envelope, is_https=(settings.public_url or "").startswith("https:"))


def _operation_routes() -> Iterator[Route]:
    """Makes one route for each path, so that a wrong method is answered with those that exist. Fixed paths go before those with fields."""
    methods_of: dict[str, dict[str, Endpoint]] = {}
    for operation in OPERATIONS.values():
        methods_of.setdefault(operation.path, {})[operation.method] = endpoint_of(operation)
    for path in sorted(methods_of, key=lambda path: (path.count("{"), path)):
        endpoints = methods_of[path]
        if "GET" in endpoints and path not in _STREAMS:
            endpoints["HEAD"] = endpoints["GET"]
        yield Route(PREFIX + path, _by_method(endpoints), methods=["OPTIONS", *endpoints])


def _by_method(endpoints: Mapping[str, Endpoint]) -> Endpoint:
    allowed = {"Allow": ", ".join(["OPTIONS", *endpoints])}

    async def answer(request: HttpRequest) -> Response:
        if request.method == "OPTIONS":
            request.state.observation.operation = "options"
            return Response(status_code=204, headers=allowed)
        if request.method not in endpoints:  # HEAD of a stream
            raise HTTPException(405, headers=allowed)
        return await endpoints[request.method](request)

    return answer


def _named(name: str, endpoint: Endpoint) -> Endpoint:
    """Makes an endpoint that is counted and logged under a name."""

    async def answer(request: HttpRequest) -> Response:
        request.state.observation.operation = name
        return await endpoint(request)

    return answer


def _system_routes(services: Services, pages: Pages) -> list[Route]:
    document = write_json(openapi_document())

    async def openapi(request: HttpRequest) -> Response:  # noqa: ARG001 - every endpoint has it
        return Response(document, media_type="application/json")

    return [
        Route("/healthz", _named("healthz", healthz)),
        Route("/readyz", _named("readyz", Readiness(services).readyz)),
        Route("/metrics", _named("metrics", metrics)),
        Route("/openapi.json", _named("openapi", openapi)),
        Route("/{path:path}", pages.serve),
    ]
