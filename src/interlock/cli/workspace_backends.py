"""Workspaces and their members, behind a database or behind a server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self
from uuid import UUID

from interlock.cli.exit_codes import ExitCode
from interlock.cli.problem import Problem
from interlock.controlplane.accounts import Accounts, UserRecord
from interlock.controlplane.workspaces import WorkspaceRecord, Workspaces

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

    from interlock.api.models.users import User
    from interlock.api.models.workspaces import Workspace
    from interlock.client import Client

PAGE_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in a workspace. `one_time_password`: for who has just been made, shown this once."""

    id: UUID
    email: str
    name: str
    role: str
    disabled: bool
    one_time_password: str | None = None

    @classmethod
    def of(cls, user: "User | UserRecord", one_time_password: str | None = None) -> Self:
        return cls(id=user.id, email=user.email, name=user.name, role=user.role, disabled=user.disabled, one_time_password=one_time_password)


class WorkspacesBackend(Protocol):
    """Takes workspaces by name. What it refuses is an InterlockError or a Problem."""

    async def list_workspaces(self) -> list[WorkspaceRecord]:
        """All of them; over a server, those that the key may see."""
        ...

    async def create_workspace(self, name: str) -> WorkspaceRecord:
        """Over a server, the owner of the key becomes its admin; on a database, it has no member yet."""
        ...

    async def update_workspace(self, name: str, *, new_name: str | None, limits: Mapping[str, int]) -> WorkspaceRecord:
        """Change the name and the limits; 0 takes a limit away."""
        ...

    async def delete_workspace(self, name: str) -> None:
        """Delete one without workflows and open executions."""
        ...

    async def list_members(self, workspace: str) -> list[Member]:
        """By email."""
        ...

    async def add_member(self, workspace: str, *, email: str, name: str, role: str) -> Member:
        """Add a new person, or one of another workspace, who keeps name and password."""
        ...

    async def remove_member(self, workspace: str, email: str) -> None:
        """Who was in no other workspace is deleted."""
        ...


class DatabaseWorkspaces:
    def __init__(self, pool: "AsyncConnectionPool[Any]", by: str) -> None:
        self._pool = pool
        self._by = by
        self._workspaces = Workspaces(pool)

    async def list_workspaces(self) -> list[WorkspaceRecord]:
        found: list[WorkspaceRecord] = []
        while page := await self._workspaces.list_workspaces(None, every=True, after=found[-1].name if found else None, limit=PAGE_LENGTH):
            found += page
        return found

    async def create_workspace(self, name: str) -> WorkspaceRecord:
        return await self._workspaces.create_workspace(name, by=self._by)

    async def update_workspace(self, name: str, *, new_name: str | None, limits: Mapping[str, int]) -> WorkspaceRecord:
        changes: dict[str, str | int | None] = {limit: value or None for limit, value in limits.items()}
        if new_name is not None:
            changes["name"] = new_name
        return await self._workspaces.update_workspace((await self._workspaces.find_workspace(name)).id, changes, by=self._by)

    async def delete_workspace(self, name: str) -> None:
        await self._workspaces.delete_workspace((await self._workspaces.find_workspace(name)).id, by=self._by)

    async def list_members(self, workspace: str) -> list[Member]:
        accounts, found = await self._accounts(workspace), list[UserRecord]()
        while page := await accounts.list_users(search=None, after=found[-1].email if found else None, limit=PAGE_LENGTH):
            found += page
        return [Member.of(one) for one in found]

    async def add_member(self, workspace: str, *, email: str, name: str, role: str) -> Member:
        from interlock.api.auth.emails import canonical_email
        from interlock.api.auth.passwords import Passwords, one_time_password

        accounts, password = await self._accounts(workspace), one_time_password()
        password_hash = await Passwords().hash(password)
        made = await accounts.create_user(
            email=canonical_email(email), name=name, role=role, password_hash=password_hash, must_change=True, by=self._by
        )
        return Member.of(made, password.get_secret_value() if made.is_new else None)

    async def remove_member(self, workspace: str, email: str) -> None:
        member = _member(await self.list_members(workspace), workspace, email)
        await (await self._accounts(workspace)).delete_user(member.id, by=self._by)

    async def _accounts(self, workspace: str) -> Accounts:
        return Accounts(self._pool, (await self._workspaces.find_workspace(workspace)).id)


class ServerWorkspaces:
    def __init__(self, client: "Client") -> None:
        self._client = client

    async def list_workspaces(self) -> list[WorkspaceRecord]:
        return [_record(each) async for each in self._client.all_workspaces()]

    async def create_workspace(self, name: str) -> WorkspaceRecord:
        return _record(await self._client.create_workspace(name))

    async def update_workspace(self, name: str, *, new_name: str | None, limits: Mapping[str, int]) -> WorkspaceRecord:
        return _record(await self._client.update_workspace(await self._id_of(name), name=new_name, **limits))

    async def delete_workspace(self, name: str) -> None:
        await self._client.delete_workspace(await self._id_of(name))

    async def list_members(self, workspace: str) -> list[Member]:
        await self._check_own(workspace)
        return [Member.of(one) async for one in self._client.all_users()]

    async def add_member(self, workspace: str, *, email: str, name: str, role: str) -> Member:
        await self._check_own(workspace)
        made = await self._client.create_user(email=email, name=name, role=role)
        return Member.of(made, made.one_time_password)

    async def remove_member(self, workspace: str, email: str) -> None:
        await self._client.delete_user(_member(await self.list_members(workspace), workspace, email).id)

    async def _id_of(self, name: str) -> int:
        async for each in self._client.all_workspaces():
            if each.name == name:
                return each.id
        raise Problem(f"there is no workspace named {name}", hint="interlock workspaces list", code="IL060", exit_code=ExitCode.REFUSED)

    async def _check_own(self, workspace: str) -> None:
        """Raises Problem if the key is of another workspace: it reaches only the members of its own."""
        own = (await self._client.get_session()).workspace.name
        if own != workspace:
            raise Problem(
                f"the API key is of the workspace {own}, so it does not reach the members of {workspace}",
                where="INTERLOCK_API_KEY",
                hint=f"send a key that was made in {workspace}, or use --database",
                code="IL060",
                exit_code=ExitCode.REFUSED,
            )


def _record(answer: "Workspace") -> WorkspaceRecord:
    return WorkspaceRecord(**dict(answer))


def _member(members: list[Member], workspace: str, email: str) -> Member:
    """Returns the member with this email; capitals do not matter."""
    for member in members:
        if member.email.casefold() == email.strip().casefold():
            return member
    hint = f"interlock workspaces members {workspace}"
    raise Problem(f"nobody in the workspace {workspace} has the email {email}", hint=hint, code="IL036", exit_code=ExitCode.REFUSED)
