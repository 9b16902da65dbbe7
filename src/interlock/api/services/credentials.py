"""Secrets that nodes use. They are encrypted before they reach the database, and never returned."""

from collections.abc import Sequence

from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor
from interlock.api.models.base import Nothing
from interlock.api.models.credentials import (
    CreateCredential,
    Credential,
    CredentialList,
    DeleteCredential,
    GetCredential,
    ListCredentials,
    SecretFields,
    UpdateCredential,
)
from interlock.credentials import Bound, Cipher, CredentialStore, errors_of
from interlock.errors import EncryptionKeyMissing, InvalidField, InvalidRequest
from interlock.nodes.credential import ANY_HOST


async def list_credentials(call: Call, request: ListCredentials) -> CredentialList:
    """Returns credentials by name."""
    after = read_cursor(request.cursor, lambda parts: parts[0], 1)
    found = await _store(call).list(after=after, limit=request.limit + 1)
    items = found[: request.limit]
    more = len(found) > len(items)
    return CredentialList(items=[Credential.model_validate(each) for each in items], next_cursor=make_cursor(items[-1].name) if more else None)


async def get_credential(call: Call, request: GetCredential) -> Credential:
    """Raises CredentialNotFound."""
    return Credential.model_validate(await _store(call).get(request.credential_id))


async def create_credential(call: Call, request: CreateCredential) -> Credential:
    """Encrypts the values, bound to a new id, and saves them.

    Raises:
        EncryptionKeyMissing: no key to encrypt with is configured.
        InvalidRequest: the values do not fit the kind, or are too short to be masked.
        NameTaken: another credential has this name.
    """
    cipher, store = _cipher(call), _store(call)
    fields = _revealed(request.kind, request.fields)
    bound = Bound(id=await store.new_id(), name=request.name, kind=request.kind)
    sealed = cipher.encrypt(bound, fields)
    saved = await store.save(
        bound,
        description=request.description,
        field_names=list(fields),
        allowed_hosts=_hosts(request.kind, request.allowed_hosts),
        sealed=sealed,
        by=call.caller.name,
    )
    return Credential.model_validate(saved)


async def update_credential(call: Call, request: UpdateCredential) -> Credential:
    """Encrypts new values with a new key; workers use them within seconds.

    Raises:
        CredentialNotFound, EncryptionKeyMissing, InvalidRequest: as for `create_credential`.
    """
    store = _store(call)
    record = await store.get(request.credential_id)
    if request.fields is None and request.description is None and request.allowed_hosts is None:
        return Credential.model_validate(record)
    fields = None if request.fields is None else _revealed(record.kind, request.fields)
    replaced = await store.replace(
        record.id,
        description=request.description,
        field_names=None if fields is None else list(fields),
        allowed_hosts=None if request.allowed_hosts is None else _hosts(record.kind, request.allowed_hosts),
        sealed=None if fields is None else _cipher(call).encrypt(record.bound, fields),
        by=call.caller.name,
    )
    return Credential.model_validate(replaced)


async def delete_credential(call: Call, request: DeleteCredential) -> Nothing:
    """Raises CredentialNotFound."""
    await _store(call).delete(request.credential_id, by=call.caller.name)
    return Nothing()


def _store(call: Call) -> CredentialStore:
    return CredentialStore(call.services.pool)


def _cipher(call: Call) -> Cipher:
    if call.services.cipher is None:
        raise EncryptionKeyMissing(
            "there is no key to encrypt credentials with",
            hint="start the API and the workers with INTERLOCK_ENCRYPTION_KEY: 32 random bytes in base64",
        )
    return call.services.cipher


def _revealed(kind: str, fields: SecretFields) -> dict[str, str]:
    values = {name: secret.get_secret_value() for name, secret in fields.items()}
    if errors := errors_of(kind, values):
        raise InvalidRequest(f"these values cannot be saved as a credential of the kind {kind}", fields=errors)
    return values


def _hosts(kind: str, hosts: Sequence[str]) -> list[str]:
    """Returns the hosts in lower case, each once. A kind that has its own address takes no hosts."""
    wanted = list(dict.fromkeys(host.lower() for host in hosts))
    if kind == "postgres" and wanted != [*ANY_HOST]:
        field = InvalidField(
            place="allowed_hosts", message="a credential of the kind postgres names its host in dsn", code="not_for_kind", hint="leave it out"
        )
        raise InvalidRequest(f"allowed_hosts: {field.message}", hint=field.hint, fields=[field])
    for position, host in enumerate(wanted):
        port = host.rpartition(":")[2]
        if ":" in host and not host.endswith("]") and not 0 < int(port) < 65_536:
            field = InvalidField(place=f"allowed_hosts[{position}]", message=f"{port} is not a port", code="bad_port", hint="1 to 65535")
            raise InvalidRequest(f"{field.place}: {field.message}", hint=field.hint, fields=[field])
    return wanted
