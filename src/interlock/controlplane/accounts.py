"""People who sign in, their sessions and their API keys: the typed interface of `sql/users`. Each method calls one function."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from interlock.controlplane.calling import SqlFunctions
from interlock.controlplane.types import JsonObject
from interlock.controlplane.workspace_limits import WorkspaceLimits
from interlock.controlplane.workspaces import FIRST_WORKSPACE
from interlock.errors import SchemaOutdated

Refusal = Literal["disabled", "deleted", "email_of_another", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person of the installation."""

    id: UUID
    email: str
    name: str
    disabled: bool
    must_change_password: bool
    external_id: str | None
    created_at: datetime
    last_seen_at: datetime | None

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        times = {"created_at": datetime.fromisoformat(answer["created_at"]), "last_seen_at": _time(answer["last_seen_at"])}
        return cls(**{one.name: answer[one.name] for one in fields(cls)} | {"id": UUID(answer["id"])} | times)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord(PersonRecord):
    """A member of a workspace; `role` is that in the workspace, one of six, which the schema checks."""

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedUser(UserRecord):
    """A new member of a workspace. `is_new`: the person had no account before; else their name and password are as they were."""

    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InWorkspace:
    """Somebody and the workspace that their session, key or token is in; the role in `user` is that in it."""

    user: UserRecord
    workspace_id: int
    workspace: str
    limits: WorkspaceLimits

    @property
    def administers_installation(self) -> bool:
        """Whether they are in the first workspace, and an admin of it."""
        return self.workspace_id == FIRST_WORKSPACE and self.user.role == "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord(InWorkspace):
    """A valid session, for `seconds_left` more."""

    id: UUID
    proved_by: Literal["password", "supabase"]
    expires_at: datetime
    seconds_left: float

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        return cls(
            **_place_in(answer),
            id=UUID(answer["id"]),
            proved_by=answer["proved_by"],
            expires_at=datetime.fromisoformat(answer["expires_at"]),
            seconds_left=float(answer["seconds_left"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenKey(InWorkspace):
    """A valid API key, for `seconds_left` more (None: until it is revoked), with its current role and owner."""

    id: UUID
    role: str
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRecord:
    """An API key as people see it; `user` is the owner's email."""

    id: UUID
    name: str
    user_id: UUID
    user: str
    role: str
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, answer: JsonObject) -> Self:
        return cls(
            id=UUID(answer["id"]),
            name=answer["name"],
            user_id=UUID(answer["user_id"]),
            user=answer["user"],
            role=answer["role"],
            prefix=answer["prefix"],
            created_at=datetime.fromisoformat(answer["created_at"]),
            expires_at=_time(answer["expires_at"]),
            last_used_at=_time(answer["last_used_at"]),
            revoked_at=_time(answer["revoked_at"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInTry:
    """A counted try to sign in. `wait_seconds`: it is refused, and the next try may come after this time; `user`: None if nobody has this email."""

    wait_seconds: int | None = None
    user: PersonRecord | None = None
    password_hash: str | None = None


class Accounts(SqlFunctions):
    """Works over any pool of psycopg connections. Raises the errors that each function's head lists, and `DatabaseUnavailable`.

    Takes emails in the form of `interlock.api.auth.emails.canonical_email`; tokens and keys only as their SHA-256.

    A call that is not limited to a workspace is about the members, roles and keys of the first one, and may change everybody.
    """

    async def create_user(
        self, *, email: str, name: str, role: str, password_hash: str | None, must_change: bool = False, external_id: str | None = None, by: str
    ) -> AddedUser:
        """Adds a member: a new person, or the one who has this email. Raises NameTaken if they are a member already. SQL: create_user.sql"""
        answer = await self._call(
            "select interlock.create_user(%s, %s, %s, %s, %s, %s, %s)", email, name, role, password_hash, must_change, external_id, by
        )
        return AddedUser.of(answer)

    async def has_people(self) -> bool:
        """Returns whether any user besides the virtual users was ever created. SQL: has_people.sql"""
        there: bool = await self._call("select interlock.has_people()")
        return there

    async def create_first_admin(self, *, email: str, name: str, password_hash: str) -> UserRecord | None:
        """Creates the first admin; returns None if there is a person already. SQL: create_first_admin.sql"""
        answer = await self._call("select interlock.create_first_admin(%s, %s, %s)", email, name, password_hash)
        return UserRecord.of(answer) if answer else None

    async def update_user(
        self,
        user_id: UUID,
        *,
        name: str | None = None,
        role: str | None = None,
        disabled: bool | None = None,
        password_hash: str | None = None,
        by: str,
        by_user: UUID | None = None,
    ) -> UserRecord:
        """Changes a person; None leaves a value as it is. A password is a one-time password.

        Args:
            by_user: the admin whose rights in other workspaces count; None: only those in the workspace of the call.

        Raises:
            UserNotFound, LastAdmin: see update_user.sql.
            NotAllowed: the person is in other workspaces too, and the admin may change only the role.
        """
        answer = await self._call(
            "select interlock.update_user(%s, %s, %s, %s, %s, %s, %s)", user_id, name, role, disabled, password_hash, by, by_user
        )
        return UserRecord.of(answer)

    async def delete_user(self, user_id: UUID, *, by: str) -> None:
        """Removes a person from the workspace; deletes them with the last one. Raises UserNotFound, LastAdmin. SQL: delete_user.sql"""
        await self._call("select interlock.delete_user(%s, %s)", user_id, by)

    async def get_user(self, user_id: UUID) -> UserRecord:
        """Returns a person. Raises UserNotFound. SQL: get_user.sql"""
        return UserRecord.of(await self._call("select interlock.get_user(%s)", user_id))

    async def list_users(self, *, search: str | None, after: str | None, limit: int) -> list[UserRecord]:
        """Lists people by email, after the given one. SQL: list_users.sql"""
        return [UserRecord.of(answer) for answer in await self._call("select interlock.list_users(%s, %s, %s)", search, after, limit)]

    async def list_people(self, *, search: str | None, limit: int) -> list[PersonRecord]:
        """Lists people of all workspaces by email. SQL: list_people.sql"""
        return [PersonRecord.of(answer) for answer in await self._call("select interlock.list_people(%s, %s)", search, limit)]

    async def begin_sign_in(self, email: str, remote: str) -> SignInTry:
        """Counts a try to sign in, before its password is checked. SQL: begin_sign_in.sql"""
        answer = await self._call("select interlock.begin_sign_in(%s, %s)", email, remote)
        if "wait_seconds" in answer:
            return SignInTry(wait_seconds=int(answer["wait_seconds"]))
        user = answer["user"]
        return SignInTry(user=PersonRecord.of(user), password_hash=user["password_hash"]) if user else SignInTry()

    async def refuse_sign_in(self, email: str, remote: str, reason: str) -> None:
        """Records a failed sign-in in the audit log. SQL: refuse_sign_in.sql"""
        await self._call("select interlock.refuse_sign_in(%s, %s, %s)::text", email, remote, reason)

    async def open_session(
        self,
        user_id: UUID,
        *,
        email: str,
        remote: str,
        token_hash: bytes,
        seconds: int,
        verified_hash: str | None,
        better_hash: str | None = None,
        replaces: UUID | None = None,
    ) -> SessionRecord | None:
        """Signs a person in; returns None if the person was disabled or got another password in the meantime. SQL: open_session.sql"""
        answer = await self._call(
            "select interlock.open_session(%s, %s, %s, %s, %s, %s, %s, %s)",
            user_id,
            email,
            remote,
            token_hash,
            seconds,
            verified_hash,
            better_hash,
            replaces,
        )
        return SessionRecord.of(answer) if answer else None

    async def find_session(self, token_hash: bytes, seconds: int) -> SessionRecord | None:
        """Returns the valid session of a token; extends it to `seconds` if less than half of them is left. SQL: find_session.sql"""
        answer = await self._call("select interlock.find_session(%s, %s)", token_hash, seconds)
        return SessionRecord.of(answer) if answer else None

    async def end_session(self, session_id: UUID, *, by: str) -> None:
        """Ends a session. SQL: end_session.sql"""
        await self._call("select interlock.end_session(%s, %s)::text", session_id, by)

    async def change_password(
        self, user_id: UUID, *, remote: str, verified_hash: str, password_hash: str, token_hash: bytes | None, seconds: int
    ) -> tuple[bool, SessionRecord | None]:
        """Returns whether it changed the password (not if it had changed in the meantime), and the new session. SQL: change_password.sql"""
        answer = await self._call(
            "select interlock.change_password(%s, %s, %s, %s, %s, %s)", user_id, remote, verified_hash, password_hash, token_hash, seconds
        )
        if answer is None:
            return False, None
        return True, SessionRecord.of(answer["session"]) if answer["session"] else None

    async def switch_workspace(
        self, user_id: UUID, *, session_id: UUID | None, workspace_id: int, token_hash: bytes | None, seconds: int, by: str
    ) -> tuple[bool, SessionRecord | None]:
        """Moves a session to another workspace. Returns whether it is still there, and the session.

        Args:
            session_id: None for a person with a token of an identity service.
            token_hash: of the session's new token.

        Raises:
            WorkspaceNotFound: there is none, or the person is not a member.
            UserNotFound: the person was deleted.
        """
        answer = await self._call(
            "select interlock.switch_workspace(%s, %s, %s, %s, %s, %s)", user_id, session_id, workspace_id, token_hash, seconds, by
        )
        if answer is None:
            return False, None
        return True, SessionRecord.of(answer["session"]) if answer["session"] else None

    async def admit_external_user(
        self, external_id: str, *, email: str | None, verified: bool, name: str, role: str | None
    ) -> tuple[InWorkspace | None, Refusal | None]:
        """Returns the user for whom an identity service vouches, or why that user is refused. SQL: admit_external_user.sql"""
        answer = await self._call("select interlock.admit_external_user(%s, %s, %s, %s, %s)", external_id, email, verified, name, role)
        if "refused" in answer:
            return None, answer["refused"]
        return InWorkspace(**_place_in(answer)), None

    async def create_api_key(
        self, user_id: UUID, *, made_by_key: UUID | None, name: str, prefix: str, key_hash: bytes, role: str, days: int | None, by: str
    ) -> ApiKeyRecord:
        """Creates an API key. Raises UserNotFound, ApiKeyNotFound, BadRequest (200 valid keys). SQL: create_api_key.sql"""
        answer = await self._call(
            "select interlock.create_api_key(%s, %s, %s, %s, %s, %s, %s, %s)", user_id, made_by_key, name, prefix, key_hash, role, days, by
        )
        return ApiKeyRecord.of(answer)

    async def find_api_key(self, key_hash: bytes) -> ProvenKey | None:
        """Returns the API key with this hash, if it is valid. SQL: find_api_key.sql"""
        answer = await self._call("select interlock.find_api_key(%s)", key_hash)
        if answer is None:
            return None
        return ProvenKey(**_place_in(answer), id=UUID(answer["id"]), role=answer["role"], seconds_left=answer["seconds_left"])

    async def list_api_keys(self, *, user_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int) -> list[ApiKeyRecord]:
        """Lists API keys, newest first: those of one person, or all. SQL: list_api_keys.sql"""
        after_at, after_id = after or (None, None)
        answers = await self._call("select interlock.list_api_keys(%s, %s, %s, %s)", user_id, after_at, after_id, limit)
        return [ApiKeyRecord.of(answer) for answer in answers]

    async def revoke_api_key(self, api_key_id: UUID, *, user_id: UUID | None, by_key: UUID | None = None, by: str) -> None:
        """Revokes a key. Raises ApiKeyNotFound, also if it is not the named user's key, or not made with `by_key`. SQL: revoke_api_key.sql"""
        await self._call("select interlock.revoke_api_key(%s, %s, %s, %s)::text", api_key_id, user_id, by_key, by)


def _place_in(answer: JsonObject) -> dict[str, Any]:
    """Returns the fields of `InWorkspace`. Raises SchemaOutdated: the functions are those from before there were workspaces."""
    if "workspace_id" not in answer:
        raise SchemaOutdated("the database does not know workspaces yet", hint="run `interlock migrate` on it")
    return {
        "user": UserRecord.of(answer["user"]),
        "workspace_id": answer["workspace_id"],
        "workspace": answer["workspace"],
        "limits": WorkspaceLimits.of(answer["limits"]),
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
