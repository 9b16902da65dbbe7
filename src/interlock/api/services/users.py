"""Users, whom admins create, change and delete."""

from pydantic import SecretStr

from interlock.api.auth.emails import canonical_email
from interlock.api.auth.passwords import check_password_rules, one_time_password
from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor
from interlock.api.models.base import Nothing
from interlock.api.models.users import CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser, User, UserList, UserWithPassword
from interlock.api.services.session import user_answer
from interlock.controlplane.accounts import UserRecord


async def list_users(call: Call, request: ListUsers) -> UserList:
    """Returns users by email."""
    after = read_cursor(request.cursor, lambda parts: parts[0], 1)
    found = await call.accounts.list_users(search=request.search, after=after, limit=request.limit + 1)
    items = found[: request.limit]
    return UserList(items=[user_answer(one) for one in items], next_cursor=make_cursor(items[-1].email) if len(found) > len(items) else None)


async def get_user(call: Call, request: GetUser) -> User:
    """Raises UserNotFound."""
    return user_answer(await call.accounts.get_user(request.user_id))


async def create_user(call: Call, request: CreateUser) -> UserWithPassword:
    """Adds a user: a new one, with a one-time password if the request has none; or one of another workspace, who keeps name and password.

    Raises:
        NameTaken: a user of this workspace has this email.
        InvalidRequest: the password is too simple, or the email is not an email address.
    """
    email = canonical_email(request.email)
    if request.password is not None:
        check_password_rules(request.password, place="password", email=email, name=request.name)
    one_time = one_time_password() if request.password is None else None
    user = await call.accounts.create_user(
        email=email,
        name=request.name,
        role=request.role,
        password_hash=await call.services.auth.passwords.hash(request.password or one_time or SecretStr("")),
        must_change=one_time is not None,
        by=call.caller.name,
    )
    return _with_password(user, one_time if user.is_new else None)


async def update_user(call: Call, request: UpdateUser) -> UserWithPassword:
    """Raises UserNotFound, LastAdmin; NotAllowed: the user is in other workspaces too, and the caller may change only the role."""
    one_time = one_time_password() if request.reset_password else None
    user = await call.accounts.update_user(
        request.user_id,
        name=request.name,
        role=request.role,
        disabled=request.disabled,
        password_hash=await call.services.auth.passwords.hash(one_time) if one_time else None,
        by=call.caller.name,
        by_user=None if call.caller.via == "api_key" else call.caller.user_id,
    )
    call.services.auth.proofs.forget()
    return _with_password(user, one_time)


async def delete_user(call: Call, request: DeleteUser) -> Nothing:
    """Raises UserNotFound, LastAdmin."""
    await call.accounts.delete_user(request.user_id, by=call.caller.name)
    call.services.auth.proofs.forget()
    return Nothing()


def _with_password(user: UserRecord, one_time: SecretStr | None) -> UserWithPassword:
    return UserWithPassword(**dict(user_answer(user)), one_time_password=one_time.get_secret_value() if one_time else None)
