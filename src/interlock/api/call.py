"""One call of one operation: who asks for what, with what it needs to be answered; and the one place where it is allowed or refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from psycopg_pool import AsyncConnectionPool

from interlock.api.auth.permissions import Permission
from interlock.api.auth.principal import Principal
from interlock.api.auth.state import AuthState
from interlock.api.models.base import Answer, Request
from interlock.api.operations import Operation
from interlock.api.storable import check_storable
from interlock.controlplane import ControlPlane
from interlock.errors import NotAllowed, NotSignedIn, PasswordMustChange
from interlock.nodes import NodeExecutorFactory
from interlock.tracing import Tracing

if TYPE_CHECKING:
    from interlock.api.settings import ApiSettings
    from interlock.api.watching import ExecutionWatcher
    from interlock.credentials import Cipher


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a process answers with; the same for all its calls.

    Attributes:
        cipher: None where no encryption key is configured.
        auth: what this process remembers for signing people in.
    """

    pool: AsyncConnectionPool[Any]
    plane: ControlPlane
    node_types: NodeExecutorFactory
    watcher: "ExecutionWatcher"
    cipher: "Cipher | None"
    settings: "ApiSettings"
    tracing: Tracing = field(default_factory=Tracing.off)
    auth: AuthState = field(default_factory=AuthState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        principal: None where nobody is signed in.
        trace_parent: the W3C `traceparent` that came with the request, or that of the span which was begun for it.
        remote: the address of who asks, for throttling sign-ins.
        face: where the request came in.
    """

    services: Services
    principal: Principal | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)
    trace_parent: str | None = None
    remote: str = ""
    face: Literal["rest", "grpc"] = "rest"

    @property
    def who(self) -> Principal:
        """Who asks; only for operations that need a sign-in."""
        if self.principal is None:
            raise _not_signed_in()
        return self.principal


def check_allowed(operation: Operation, principal: Principal | None) -> None:
    """Let the operation pass or say why not.

    Raises:
        NotSignedIn, NotAllowed, PasswordMustChange: as they say.
    """
    if operation.permission is not Permission.PUBLIC:
        require(operation.permission, principal, operation.name, is_of_session=operation.service == "session")


def require(permission: Permission, principal: Principal | None, what: str, *, is_of_session: bool = False) -> None:
    """Let `what` pass for whom it is allowed to.

    Raises:
        NotSignedIn, NotAllowed, PasswordMustChange: as they say.
    """
    if principal is None:
        raise _not_signed_in()
    if principal.must_change_password and not is_of_session:
        raise PasswordMustChange("the one-time password has to be changed first", hint="PUT /api/v1/session/password")
    if not principal.may(permission):
        raise NotAllowed(
            f"{what} needs the permission {permission}, which the role {principal.role} does not have", hint="an admin can give you another role"
        )


async def perform(call: Call, operation: Operation, request: Request) -> Answer:
    """Answer one request, if who asks may.

    Raises:
        InterlockError: each service says which.
    """
    check_allowed(operation, call.principal)
    check_storable(request)
    answer: Answer = await _handler(operation)(call, request)
    return answer


def watch(call: Call, operation: Operation, request: Request) -> AsyncIterator[Any]:
    """Events, if who asks may; the check is made at once, not with the first event."""
    check_allowed(operation, call.principal)
    events: AsyncIterator[Any] = _handler(operation)(call, request)
    return events


def _handler(operation: Operation) -> Any:
    return getattr(import_module(f"interlock.api.services.{operation.service}"), operation.name)


def _not_signed_in() -> NotSignedIn:
    return NotSignedIn("this needs a sign-in", hint="sign in, or send an API key or a token as `Authorization: Bearer …`")
