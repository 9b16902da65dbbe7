"""Serves an API over the test's database, and makes users, keys and clients for it."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import httpx
from pydantic import SecretStr

from interlock.api.auth.passwords import Passwords
from interlock.api.auth.tokens import hash_of, new_api_key, new_session_token
from interlock.api.call import Services
from interlock.api.models.users import Role
from interlock.api.process import build_services, serving_rest
from interlock.api.rest.app import CALL_LIMIT, create_app
from interlock.api.rest.pages import FOLDER
from interlock.api.settings import ApiSettings
from interlock.api.shared_pool import open_shared_pool
from interlock.controlplane import open_pool
from interlock.controlplane.accounts import Accounts
from interlock.controlplane.workspaces import Workspaces

PASSWORD: Final = "correct horse battery"
DEFAULT: Final = 1
"""The id of the workspace that every installation has."""
PATIENCE_SECONDS: Final = 60.0
_HASHES: Final[list[str]] = []
_TLS: Final = ssl.create_default_context()  # no test needs one, and each client would make its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: UUID
    email: str
    password: str
    role: Role
    workspace_id: int = DEFAULT


class Api:
    """The REST of one API process, in the test's own event loop."""

    def __init__(self, url: str, services: Services, opened: AsyncExitStack, stop: Callable[[], None]) -> None:
        self.url = url
        self.stop = stop
        self.services = services
        self._opened = opened
        self._people: dict[tuple[Role, int], Person] = {}
        self._keys: dict[tuple[Role, int], str] = {}

    async def make_workspace(self, name: str = "") -> int:
        """Makes another workspace, without members; returns its id. `person`, `key` and `client` take the id."""
        made = await Workspaces(self.services.pool).create_workspace(name or f"team-{uuid4().hex[:8]}", by="test")
        return made.id

    async def person(self, role: Role = Role.ADMIN, workspace_id: int = DEFAULT) -> Person:
        """Returns a user of this role in a workspace; the same at each call."""
        if (role, workspace_id) not in self._people:
            self._people[role, workspace_id] = await self.make_person(role, workspace_id)
        return self._people[role, workspace_id]

    async def make_person(self, role: Role, workspace_id: int = DEFAULT) -> Person:
        """Makes another user of this role in a workspace."""
        email = f"{role}-{uuid4().hex[:8]}@example.com"
        made = await self.accounts(workspace_id).create_user(
            email=email, name=f"The {role}", role=role, password_hash=await _hash_of_password(), by="test"
        )
        return Person(id=made.id, email=email, password=PASSWORD, role=role, workspace_id=workspace_id)

    async def join(self, person: Person, role: Role, workspace_id: int) -> None:
        """Makes a user of another workspace a member of this one, too."""
        await self.accounts(workspace_id).create_user(email=person.email, name="Another name", role=role, password_hash=None, by="test")

    async def key(self, role: Role = Role.ADMIN, workspace_id: int = DEFAULT) -> str:
        """Returns an API key of `person(role, workspace_id)`; the same at each call."""
        if (role, workspace_id) not in self._keys:
            self._keys[role, workspace_id] = await self.make_key(await self.person(role, workspace_id), role, workspace_id)
        return self._keys[role, workspace_id]

    async def make_key(self, person: Person, role: Role, workspace_id: int | None = None) -> str:
        """Makes another API key, in the workspace where the user was made unless another one is given."""
        made = new_api_key()
        await self.accounts(workspace_id or person.workspace_id).create_api_key(
            person.id, made_by_key=None, name="test", prefix=made.prefix, key_hash=hash_of(made.key), role=role, days=None, by="test"
        )
        return made.key

    def accounts(self, workspace_id: int = DEFAULT) -> Accounts:
        """Returns the members, roles and keys of a workspace."""
        return Accounts(self.services.pool, workspace_id)

    async def client(self, role: Role | None = Role.ADMIN, workspace_id: int = DEFAULT) -> httpx.AsyncClient:
        """Returns a client that sends the key of this role in a workspace with each request, or none for None. It is closed after the test."""
        headers = {} if role is None else {"Authorization": f"Bearer {await self.key(role, workspace_id)}"}
        return await self._opened.enter_async_context(httpx.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS, verify=_TLS))

    async def browser(self, person: Person) -> httpx.AsyncClient:
        """Returns a client that is signed in by cookie, and sends the CSRF token as a page would."""
        client = await self.client(None)
        answer = await client.post("/api/v1/session", json={"email": person.email, "password": person.password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client


async def open_session(api: Api, person: Person) -> str:
    """Signs a user in as the service does once the password was right, without the time that a check takes; returns the token."""
    accounts, token, remote = Accounts(api.services.pool), new_session_token(), "192.0.2.1"
    stored = (await accounts.begin_sign_in(person.email, remote)).password_hash
    opened = await accounts.open_session(person.id, email=person.email, remote=remote, token_hash=hash_of(token), seconds=3_600, verified_hash=stored)
    assert opened is not None
    return token


async def _hash_of_password() -> str:
    """A real hash is expensive: it is made once, for every user."""
    if not _HASHES:
        _HASHES.append(await Passwords().hash(SecretStr(PASSWORD)))
    return _HASHES[0]


@asynccontextmanager
async def serving(
    database_url: str, settings: ApiSettings | None = None, static: Path = FOLDER, *, call_limit: int = CALL_LIMIT
) -> AsyncIterator[Api]:
    """Serves an API on a free port."""
    chosen = settings or ApiSettings()
    async with AsyncExitStack() as opened:
        pool = await opened.enter_async_context(open_shared_pool(database_url, limit=8))
        services = await opened.enter_async_context(build_services(replace(chosen, port=0), pool))
        server = await opened.enter_async_context(serving_rest(create_app(services, static=static, call_limit=call_limit), services.settings))
        yield Api(server.address, services, opened, server.stop)


async def admin_key(database_url: str) -> str:
    """Makes an admin's API key, for an API that another process serves."""
    async with open_pool(database_url, limit=1) as pool:
        accounts = Accounts(pool)
        made, role = new_api_key(), Role.ADMIN
        person = await accounts.create_user(email=f"{uuid4().hex[:8]}@example.com", name="Admin", role=role, password_hash=None, by="test")
        await accounts.create_api_key(
            person.id, made_by_key=None, name="test", prefix=made.prefix, key_hash=hash_of(made.key), role=role, days=None, by="test"
        )
    return made.key
