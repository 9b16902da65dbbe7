"""Every operation and every kind of caller, over REST and gRPC. What is expected is written here by hand, and computed from nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import grpc.aio
import jwt
import psycopg
import pytest
from google.rpc import error_details_pb2, status_pb2

from interlock.api.auth.permissions import PERMISSIONS_OF
from interlock.api.auth.principal import Principal
from interlock.api.auth.tokens import csrf_token_of, hash_of, new_session_token
from interlock.api.call import check_allowed
from interlock.api.grpc.metadata import SESSION
from interlock.api.grpc.methods import METHODS
from interlock.api.grpc.server import start_grpc
from interlock.api.models.users import Role
from interlock.api.operations import OPERATIONS, Operation
from interlock.api.settings import ApiSettings
from interlock.controlplane.accounts import Accounts
from interlock.errors import NotAllowed
from tests.api.auth.gotrue import SECRET
from tests.api.conftest import Serve
from tests.api.serving import DEFAULT, Api, Person

MATRIX: Final = """
                    nobody  admin  editor  operator  approver  annotator  viewer
public              yes     yes    yes     yes       yes       yes        yes
account             -       yes    yes     yes       yes       yes        yes
workflows.read      -       yes    yes     yes       yes       -          yes
workflows.write     -       yes    yes     -         -         -          -
workflows.run       -       yes    yes     yes       -         -          -
executions.read     -       yes    yes     yes       yes       -          yes
executions.change   -       yes    yes     yes       -         -          -
assignments.read    -       yes    yes     yes       yes       yes        -
assignments.work    -       yes    yes     yes       -         -          -
overview.read       -       yes    yes     yes       yes       -          yes
credentials.read    -       yes    yes     -         -         -          -
credentials.write   -       yes    yes     -         -         -          -
users.manage        -       yes    -       -         -         -          -
workspaces.manage   -       yes    -       -         -         -          -
"""

NEEDS: Final = {
    "public": "sign_in",
    "account": """get_session sign_out change_password switch_workspace list_node_types get_node_type get_definition_schema list_api_keys
                  create_api_key revoke_api_key list_workspaces get_workspace list_expression_parts""",
    "workflows.read": "list_workflows get_workflow validate_workflow list_versions get_version",
    "workflows.write": "test_workflow create_workflow update_workflow delete_workflow list_drafts get_draft save_draft delete_draft report_editing",
    "workflows.run": "run_workflow",
    "executions.read": """list_executions count_executions get_execution list_workflow_executions list_execution_assignments get_assignment
                          watch_execution explain_execution evaluate_expression get_execution_definition""",
    "executions.change": "cancel_execution cancel_assignment suspend_execution continue_execution retry_execution",
    "assignments.read": "list_assignments",
    "assignments.work": "claim_assignments complete_assignments heartbeat_worker stop_worker",
    "overview.read": "get_overview list_workers list_queues",
    "credentials.read": "list_credentials get_credential",
    "credentials.write": "create_credential update_credential test_credential delete_credential",
    "users.manage": "list_users create_user get_user update_user delete_user",
    "workspaces.manage": "create_workspace update_workspace delete_workspace",
}

FIRST, *_ROWS = [line.split() for line in MATRIX.strip().splitlines()]
MAY: Final = {row[0]: {who for who, cell in zip(FIRST, row[1:], strict=True) if cell == "yes"} for row in _ROWS}
NEEDED: Final = {operation: permission for permission, names in NEEDS.items() for operation in names.split()}
ONE_S_OWN: Final = {"sign_in", "get_session", "sign_out", "change_password", "switch_workspace"}
NOT_SIGNED_IN, NOT_ALLOWED, MUST_CHANGE, NO_TOKEN = "IL030", "IL031", "IL035", "IL034"
REFUSALS: Final = {NOT_SIGNED_IN, NOT_ALLOWED, MUST_CHANGE, NO_TOKEN}
INVALID: Final = (
    *("expired session", "ended session", "session of a disabled user", "made-up session"),
    *("revoked key", "expired key", "key of a disabled user", "key of a deleted user", "made-up key"),
    *("wrong signature", "no signature", "expired token", "service_role key", "neither key nor token"),
)
MUST_CHANGE_FIRST: Final = ("must change password, by session", "must change password, by key")
CALLERS: Final = ("nobody", *Role, *INVALID, *MUST_CHANGE_FIRST)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a caller sends."""

    bearer: str | None = None
    session: str | None = None

    def over_rest(self) -> dict[str, str]:
        if self.bearer:
            return {"Authorization": f"Bearer {self.bearer}"}
        return {"Cookie": f"interlock_session={self.session}", "X-CSRF-Token": csrf_token_of(self.session, DEFAULT)} if self.session else {}

    def over_grpc(self) -> tuple[tuple[str, str], ...]:
        if self.bearer:
            return (("authorization", f"Bearer {self.bearer}"),)
        return ((SESSION, self.session),) if self.session else ()


@dataclass(frozen=True, kw_only=True)
class Tokenless(Proof):
    """A session without its CSRF token, or with that of another."""

    csrf_token: str | None = None

    def over_rest(self) -> dict[str, str]:
        return {"Cookie": f"interlock_session={self.session}"} | ({"X-CSRF-Token": self.csrf_token} if self.csrf_token else {})


Ask = Callable[[Operation, Proof], Awaitable[str]]
"""Returns the code of the error, or `ok`."""


@pytest.fixture(params=["rest", "grpc"])
async def faces(request: pytest.FixtureRequest, serve: Serve) -> AsyncIterator[tuple[Api, Ask]]:
    api = await serve(ApiSettings(supabase_url="http://127.0.0.1:9", supabase_jwt_secret=SECRET))
    async with AsyncExitStack() as opened:
        if request.param == "rest":
            client = await api.client(None)

            async def ask_rest(operation: Operation, proof: Proof) -> str:
                path = operation.path.format(
                    workflow="none",
                    version=1,
                    workspace_id=999,
                    type="NONE",
                    subtype="NONE",
                    **{f"{name}_id": uuid4() for name in ("execution", "assignment", "user", "api_key", "credential", "draft")},
                )
                body: dict[str, object] | None = {} if operation.method in {"POST", "PUT", "PATCH"} else None
                answer = await client.request(operation.method, f"/api/v1{path}", json=body, headers=proof.over_rest())
                return "ok" if answer.is_success else str(answer.json()["code"])

            yield api, ask_rest
        else:
            server = await start_grpc(api.services, "127.0.0.1:0")
            opened.push_async_callback(server.stop, 1)
            channel = await opened.enter_async_context(grpc.aio.insecure_channel(server.address))

            async def ask_grpc(operation: Operation, proof: Proof) -> str:
                path = METHODS[operation.name].path
                try:
                    if operation.streams:
                        stream: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(path)
                        await stream(b"", metadata=proof.over_grpc(), timeout=60).read()
                    else:
                        unary: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
                        await unary(b"", metadata=proof.over_grpc(), timeout=60)
                except grpc.aio.AioRpcError as error:
                    return _code_of(error)
                return "ok"

            yield api, ask_grpc


def _code_of(error: grpc.aio.AioRpcError) -> str:
    details = next(value for name, value in error.trailing_metadata() or () if name == "grpc-status-details-bin")
    info = error_details_pb2.ErrorInfo()
    assert isinstance(details, bytes)
    assert status_pb2.Status.FromString(details).details[0].Unpack(info)
    return str(info.reason)


async def proof_of(caller: str, api: Api, connection: psycopg.AsyncConnection) -> Proof:
    """What they send; made as they would have got it, and then spoiled."""
    accounts = Accounts(api.services.pool)
    await api.make_person(Role.ADMIN)  # nobody below is the last
    match caller:
        case "nobody":
            return Proof()
        case "expired session" | "ended session" | "session of a disabled user":
            person = await api.make_person(Role.ADMIN)
            token = await _session(api, person)
            if caller == "session of a disabled user":
                await connection.execute("update interlock.users set disabled_at = now() where id = %s", (person.id,))
            elif caller == "ended session":
                await connection.execute("delete from interlock.sessions")
            else:
                await connection.execute("update interlock.sessions set expires_at = now() - interval '1 second'")
            return Proof(session=token)
        case "made-up session":
            return Proof(session=new_session_token())
        case "revoked key" | "expired key" | "key of a disabled user" | "key of a deleted user":
            person = await api.make_person(Role.ADMIN)
            key = await api.make_key(person, Role.ADMIN)
            if caller == "revoked key":
                [made] = await accounts.list_api_keys(user_id=person.id, after=None, limit=10)
                await accounts.revoke_api_key(made.id, user_id=None, by="test")
            elif caller == "expired key":
                await connection.execute("update interlock.api_keys set expires_at = now() - interval '1 second'")
            elif caller == "key of a disabled user":
                await accounts.update_user(person.id, disabled=True, by="test")
            else:
                await accounts.delete_user(person.id, by="test")
            return Proof(bearer=key)
        case "wrong signature" | "no signature" | "expired token" | "service_role key":
            await accounts.create_user(email="s@example.org", name="S", role=Role.ADMIN, password_hash=None, external_id="s", by="test")
            claims = {"iss": "http://127.0.0.1:9/auth/v1", "aud": "authenticated", "role": "authenticated", "sub": "s", "exp": 4_000_000_000}
            if caller == "no signature":
                return Proof(bearer=jwt.encode(claims, "", "none"))
            if caller == "wrong signature":
                return Proof(bearer=jwt.encode(claims, "another secret, not the project's one", "HS256"))
            return Proof(
                bearer=jwt.encode(claims | ({"exp": 1_700_000_000} if caller == "expired token" else {"role": "service_role"}), SECRET, "HS256")
            )
        case "neither key nor token":
            return Proof(bearer="Zm9vOmJhcg==")
        case "made-up key":
            return Proof(bearer="il_abcdefgh_" + "0" * 64)
        case "must change password, by session" | "must change password, by key":
            person = await api.make_person(Role.ADMIN)
            is_key = caller.endswith("key")
            proof = Proof(bearer=await api.make_key(person, Role.ADMIN)) if is_key else Proof(session=await _session(api, person))
            await connection.execute("update interlock.users set must_change_password = true where id = %s", (person.id,))
            return proof
        case _:
            return Proof(bearer=await api.make_key(await api.make_person(Role(caller)), Role(caller)))


async def _session(api: Api, person: Person) -> str:
    accounts, token = Accounts(api.services.pool), new_session_token()
    stored = (await accounts.begin_sign_in(person.email, "192.0.2.1")).password_hash
    opened = await accounts.open_session(
        person.id, email=person.email, remote="192.0.2.1", token_hash=hash_of(token), seconds=3_600, verified_hash=stored
    )
    assert opened is not None
    return token


def expected(operation: str, caller: str) -> str:
    """The code of the refusal, or `passes`."""
    permission = NEEDED[operation]
    if permission == "public":
        return "passes"
    if caller == "nobody" or caller in INVALID:
        return NOT_SIGNED_IN
    if caller in MUST_CHANGE_FIRST:
        return "passes" if operation in ONE_S_OWN else MUST_CHANGE
    return "passes" if caller in MAY[permission] else NOT_ALLOWED


@pytest.mark.parametrize("caller", CALLERS)
async def test_each_operation_accepts_callers_who_may_and_no_others(faces: tuple[Api, Ask], connection: psycopg.AsyncConnection, caller: str) -> None:
    api, ask = faces
    proof = await proof_of(caller, api, connection)
    wrong = {}
    for operation in sorted(OPERATIONS.values(), key=lambda each: each.name == "sign_out"):
        answer = await ask(operation, proof)
        assert answer != "IL099", operation.name
        found = answer if answer in REFUSALS else "passes"
        if found != expected(operation.name, caller):
            wrong[operation.name] = (answer, expected(operation.name, caller))
    assert wrong == {}


async def test_a_session_allows_the_same_as_a_key_and_changes_need_its_token(request: pytest.FixtureRequest, faces: tuple[Api, Ask]) -> None:
    """The same answers by cookie (gRPC: by the token of a session); over REST each change without the CSRF token, or with another's, is refused."""
    api, ask = faces
    is_rest = request.node.callspec.params["faces"] == "rest"
    other = csrf_token_of(await _session(api, await api.make_person(Role.ADMIN)), DEFAULT)
    for role in Role:
        token = await _session(api, await api.make_person(role))
        for operation in sorted(OPERATIONS.values(), key=lambda each: each.name == "sign_out"):
            if operation.method != "GET" and NEEDED[operation.name] != "public":
                for wrong in (Tokenless(session=token), Tokenless(session=token, csrf_token=other)):
                    if is_rest:
                        assert await ask(operation, wrong) == NO_TOKEN, (role, operation.name)
            answer = await ask(operation, Proof(session=token))
            assert (answer if answer in REFUSALS else "passes") == expected(operation.name, role), (role, operation.name)


def test_the_matrix_names_every_operation_and_every_role() -> None:
    assert set(NEEDED) == set(OPERATIONS)
    assert {operation.name: str(operation.permission) for operation in OPERATIONS.values()} == NEEDED
    assert set(FIRST) == {"nobody", *Role}
    for role in Role:
        assert {str(permission) for permission in PERMISSIONS_OF[role]} == {permission for permission, who in MAY.items() if role in who}


@pytest.mark.parametrize("role", list(Role))
def test_in_another_workspace_a_role_allows_the_same_but_not_the_installation(role: Role) -> None:
    principal = Principal(user_id=uuid4(), name="a@example.org", workspace_id=2, workspace="red", role=role, via="session")
    for operation in OPERATIONS.values():
        needed = NEEDED[operation.name]
        may = needed != "workspaces.manage" and (role in MAY[needed] or needed == "public")
        with nullcontext() if may else pytest.raises(NotAllowed):
            check_allowed(operation, principal)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("limited_to", [None, *Role])
def test_the_check_itself_says_the_same(role: Role, limited_to: Role | None) -> None:
    """Also for a key whose owner has another role: both have to allow it."""
    principal = Principal(user_id=uuid4(), name="a@example.org", workspace_id=1, workspace="default", role=role, limited_to=limited_to, via="api_key")
    for operation in OPERATIONS.values():
        may = {role, limited_to or role} <= MAY[NEEDED[operation.name]] or NEEDED[operation.name] == "public"
        with nullcontext() if may else pytest.raises(NotAllowed):
            check_allowed(operation, principal)
