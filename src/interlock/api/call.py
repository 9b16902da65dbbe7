"""One call of one operation, and the one place that allows or refuses it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from psycopg_pool import AsyncConnectionPool

from interlock.api.auth.permissions import OF_INSTALLATION, Permission
from interlock.api.auth.principal import Principal
from interlock.api.auth.state import AuthState
from interlock.api.credential_tests import CredentialTests
from interlock.api.models.base import Answer, Request
from interlock.api.operations import Operation
from interlock.api.shared_pool import connections_for
from interlock.controlplane import ControlPlane
from interlock.controlplane.accounts import Accounts
from interlock.controlplane.control_plane import LimitedUser
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from interlock.errors import LimitReached, NotAllowed, NotSignedIn, PasswordMustChange, StorageFull, WorkspaceSwitched
from interlock.insight.reading import Scope
from interlock.nodes import NodeExecutorFactory
from interlock.tracing import Tracing

if TYPE_CHECKING:
    from interlock.api.definition_checker import DefinitionChecker
    from interlock.api.limits import Limits
    from interlock.api.settings import ApiSettings
    from interlock.api.side_threads import SideThreads
    from interlock.api.watching import ExecutionWatcher
    from interlock.controlplane.database_watch import DatabaseWatch
    from interlock.credentials import Cipher


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a process needs to answer calls; the same for all of them.

    Attributes:
        readers: threads in which large requests are read.
        expressions: threads in which expressions are evaluated for those who write them.
        database: whether the database answers and takes writes.
        limits: what each user and each workspace may do in this process.
        cipher: None if no encryption key is configured.
        auth: what this process remembers about sign-ins.
        credential_tests: the tests of credentials that run in this process.
    """

    pool: AsyncConnectionPool[Any]
    database: "DatabaseWatch"
    node_types: NodeExecutorFactory
    definitions: "DefinitionChecker"
    readers: "SideThreads"
    expressions: "SideThreads"
    watcher: "ExecutionWatcher"
    limits: "Limits"
    cipher: "Cipher | None"
    settings: "ApiSettings"
    tracing: Tracing = field(default_factory=Tracing.off)
    auth: AuthState = field(default_factory=AuthState)
    credential_tests: CredentialTests = field(default_factory=CredentialTests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        principal: None if nobody is signed in.
        trace_parent: the W3C `traceparent` of the span of this request, or the one that came with it.
        remote: the caller's address, for throttling sign-ins.
        face: the protocol of the request.
    """

    services: Services
    principal: Principal | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)
    trace_parent: str | None = None
    remote: str = ""
    face: Literal["rest", "grpc"] = "rest"

    @property
    def asker(self) -> str:
        """Who asks, for what is bounded for each caller: the name of the caller, or the address if nobody is signed in."""
        return self.principal.name if self.principal else self.remote

    @property
    def caller(self) -> Principal:
        """The caller, for operations that need a sign-in.

        Raises:
            NotSignedIn: nobody is signed in.
        """
        if self.principal is None:
            raise _not_signed_in()
        return self.principal

    @property
    def workspace_id(self) -> int:
        """The workspace of the caller, to which everything is limited. Raises NotSignedIn: nobody is signed in."""
        return self.caller.workspace_id

    @property
    def scope(self) -> Scope:
        """What the caller may read. Raises NotSignedIn: nobody is signed in."""
        return Scope(self.services.pool, self.workspace_id)

    @property
    def accounts(self) -> Accounts:
        """The people of the caller's workspace. Raises NotSignedIn: nobody is signed in."""
        return Accounts(self.services.pool, self.workspace_id)

    @property
    def plane(self) -> ControlPlane:
        """The control plane as the caller may use it. Raises NotSignedIn: nobody is signed in."""
        most = self.services.settings.user_assignments
        starter = None if most is None else LimitedUser(self.caller.user_id, most)
        return ControlPlane(self.services.pool, self.workspace_id, starter=starter)


def admit(services: Services, operation: Operation, principal: Principal | None) -> None:
    """Counts a request, and checks that the caller may call the operation. Nobody counts a sign-in here: it has a limit of its own.

    Raises:
        LimitReached: the caller, or the workspace, sent as many requests as its limit allows.
        NotSignedIn, NotAllowed, PasswordMustChange: the caller may not.
    """
    if principal is not None and operation.permission is not Permission.PUBLIC:
        services.limits.count_request(principal)
    check_allowed(operation, principal)


def check_allowed(operation: Operation, principal: Principal | None) -> None:
    """Checks that the caller may call an operation.

    Raises:
        NotSignedIn, NotAllowed, PasswordMustChange: the caller may not.
    """
    if operation.permission is not Permission.PUBLIC:
        require(operation.permission, principal, operation.name, is_of_session=operation.service == "session")


def check_still_allowed(call: Call, operation: Operation, principal: Principal | None) -> None:
    """Checks that the caller of a stream may still watch, as who they are by now, and has not gone to another workspace.

    Raises:
        NotSignedIn, NotAllowed, PasswordMustChange: the caller may not.
        WorkspaceSwitched: the caller is in another workspace.
    """
    check_allowed(operation, principal)
    if principal is not None and principal.workspace_id != call.workspace_id:
        raise WorkspaceSwitched(f"you are in another workspace by now: {principal.workspace}", hint="what you watched is found only in its own")


def require(permission: Permission, principal: Principal | None, what: str, *, is_of_session: bool = False) -> Principal:
    """Returns the caller, if they have a permission.

    Args:
        what: name of what needs it, for the message.

    Raises:
        NotSignedIn, NotAllowed, PasswordMustChange: the caller does not have it.
    """
    if principal is None:
        raise _not_signed_in()
    if principal.must_change_password and not is_of_session:
        raise PasswordMustChange("the one-time password has to be changed first", hint="PUT /api/v1/session/password")
    if not principal.may(permission):
        if permission in OF_INSTALLATION and principal.workspace_id != FIRST_WORKSPACE:
            raise NotAllowed(
                f"{what} needs the permission {permission}, which only an admin of the workspace default has",
                hint="switch to that workspace, or ask one of its admins",
            )
        raise NotAllowed(
            f"{what} needs the permission {permission}, which the role {principal.role} does not have", hint="an admin can give you another role"
        )
    return principal


async def perform(call: Call, operation: Operation, request: Request) -> Answer:
    """Checks that the caller may, and answers one request, which `check_storable` has accepted.

    Raises:
        InterlockError: one of `errors_of(operation)`.
    """
    check_allowed(operation, call.principal)
    with connections_for(operation.name), _counting_full(call):
        answer: Answer = await _function_of(operation)(call, request)
    return answer


@contextmanager
def _counting_full(call: Call) -> Iterator[None]:
    """Counts a refusal because the workspace of the caller stores as much as it may, or the caller has as much under way."""
    try:
        yield
    except (StorageFull, LimitReached) as error:
        call.services.limits.note_refusal(call.caller, error.details)
        raise


def watch(call: Call, operation: Operation, request: Request) -> AsyncIterator[Any]:
    """Checks, now and not with the first event, that the caller may, and returns the events."""
    check_allowed(operation, call.principal)
    events: AsyncIterator[Any] = _function_of(operation)(call, request)
    return events


def _function_of(operation: Operation) -> Any:
    return getattr(import_module(f"interlock.api.services.{operation.service}"), operation.name)


def _not_signed_in() -> NotSignedIn:
    return NotSignedIn("this needs a sign-in", hint="sign in, or send an API key or a token as `Authorization: Bearer …`")
