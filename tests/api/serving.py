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
from interlock.api.auth.tokens import hash_of, new_api_key
from interlock.api.call import Services
from interlock.api.models.users import Role
from interlock.api.process import build_services, serving_rest
from interlock.api.rest.app import CALL_LIMIT, create_app
from interlock.api.rest.pages import FOLDER
from interlock.api.settings import ApiSettings
from interlock.api.shared_pool import open_shared_pool
from interlock.controlplane import open_pool
from interlock.controlplane.accounts import Accounts

PASSWORD: Final = "correct horse battery"
PATIENCE_SECONDS: Final = 60.0
_HASHES: Final[list[str]] = []
_TLS: Final = ssl.create_default_context()  # no test needs one, and each client would make its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: UUID
    email: str
    password: str
    role: Role


class Api:
    """The REST of one API process, in the test's own event loop."""

    def __init__(self, url: str, services: Services, opened: AsyncExitStack, stop: Callable[[], None]) -> None:
        self.url = url
        self.stop = stop
        self.services = services
        self._opened = opened
        self._accounts = Accounts(services.pool)
        self._people: dict[Role, Person] = {}
        self._keys: dict[Role, str] = {}

    async def person(self, role: Role = Role.ADMIN) -> Person:
        """Returns a user of this role; the same at each call."""
        if role not in self._people:
            self._people[role] = await self.make_person(role)
        return self._people[role]

    async def make_person(self, role: Role) -> Person:
        """Makes another user of this role."""
        email = f"{role}-{uuid4().hex[:8]}@example.com"
        made = await self._accounts.create_user(email=email, name=f"The {role}", role=role, password_hash=await _hash_of_password(), by="test")
        return Person(id=made.id, email=email, password=PASSWORD, role=role)

    async def key(self, role: Role = Role.ADMIN) -> str:
        """Returns an API key of `person(role)`; the same at each call."""
        if role not in self._keys:
            self._keys[role] = await self.make_key(await self.person(role), role)
        return self._keys[role]

    async def make_key(self, person: Person, role: Role) -> str:
        """Makes another API key."""
        made = new_api_key()
        await self._accounts.create_api_key(
            person.id, made_by_key=None, name="test", prefix=made.prefix, key_hash=hash_of(made.key), role=role, days=None, by="test"
        )
        return made.key

    async def client(self, role: Role | None = Role.ADMIN) -> httpx.AsyncClient:
        """Returns a client that sends the key of this role with each request, or none for None. It is closed after the test."""
        headers = {} if role is None else {"Authorization": f"Bearer {await self.key(role)}"}
        return await self._opened.enter_async_context(httpx.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS, verify=_TLS))

    async def browser(self, person: Person) -> httpx.AsyncClient:
        """Returns a client that is signed in by cookie, and sends the CSRF token as a page would."""
        client = await self.client(None)
        answer = await client.post("/api/v1/session", json={"email": person.email, "password": person.password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client


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
