"""Keys for programs. Users see and revoke their own; an admin sees and revokes all."""

from uuid import UUID

from interlock.api.auth.permissions import Permission
from interlock.api.auth.tokens import hash_of, new_api_key
from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor, time_and_id
from interlock.api.models.api_keys import ApiKey, ApiKeyList, CreateApiKey, CreatedApiKey, ListApiKeys, RevokeApiKey
from interlock.api.models.base import Nothing
from interlock.errors import NotAllowed


async def list_api_keys(call: Call, request: ListApiKeys) -> ApiKeyList:
    """Returns keys, newest first."""
    after = read_cursor(request.cursor, time_and_id, 2)
    found = await call.accounts.list_api_keys(user_id=_only_of(call), after=after, limit=request.limit + 1)
    items = found[: request.limit]
    cursor = make_cursor(items[-1].created_at, items[-1].id) if len(found) > len(items) else None
    return ApiKeyList(items=[ApiKey.model_validate(one) for one in items], next_cursor=cursor)


async def create_api_key(call: Call, request: CreateApiKey) -> CreatedApiKey:
    """Makes a key. One that is made with another key allows no more, expires no later, and is revoked together with it.

    Raises:
        NotAllowed: the role allows something that the caller may not do.
    """
    caller = call.caller
    role = request.role or caller.role
    if not caller.may_give(role):
        raise NotAllowed(f"a key with the role {role} could do more than you may", hint="choose a smaller role")
    new = new_api_key()
    made = await call.accounts.create_api_key(
        caller.user_id,
        made_by_key=caller.api_key_id,
        name=request.name,
        prefix=new.prefix,
        key_hash=hash_of(new.key),
        role=role,
        days=request.expires_in_days,
        by=caller.name,
    )
    return CreatedApiKey(**dict(ApiKey.model_validate(made)), key=new.key)


async def revoke_api_key(call: Call, request: RevokeApiKey) -> Nothing:
    """Revokes a key. A caller with a key can revoke only that key and those made with it, so a stolen key cannot revoke others.

    Raises:
        ApiKeyNotFound: there is none, or it is somebody else's.
    """
    only_of = _only_of(call)
    by_key = None if only_of is None else call.caller.api_key_id
    await call.accounts.revoke_api_key(request.api_key_id, user_id=only_of, by_key=by_key, by=call.caller.name)
    call.services.auth.proofs.forget()
    return Nothing()


def _only_of(call: Call) -> UUID | None:
    return None if call.caller.may(Permission.USERS_MANAGE) else call.caller.user_id
