"""Secrets that nodes use: encrypted before they reach the database, and never answered."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from interlock.api.call import Call
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
from interlock.credentials import Bound, Cipher, CredentialStore, faults_of
from interlock.errors import BadRequest, EncryptionKeyMissing, InvalidRequest


async def list_credentials(call: Call, request: ListCredentials) -> CredentialList:
    """By name."""
    after = _name_at(request.cursor) if request.cursor else None
    found = await _store(call).list(after=after, limit=request.limit + 1)
    items = found[: request.limit]
    more = len(found) > len(items)
    return CredentialList(items=[Credential.model_validate(each) for each in items], next_cursor=_cursor_at(items[-1].name) if more else None)


async def get_credential(call: Call, request: GetCredential) -> Credential:
    """Raises CredentialNotFound."""
    return Credential.model_validate(await _store(call).get(request.credential_id))


async def create_credential(call: Call, request: CreateCredential) -> Credential:
    """Encrypted here, under an id of its own.

    Raises:
        EncryptionKeyMissing: there is no key to encrypt with.
        InvalidRequest: the values are not those of the kind, or too short to be masked.
        NameTaken: there is one of this name.
    """
    cipher, store = _cipher(call), _store(call)
    fields = _revealed(request.kind, request.fields)
    bound = Bound(id=await store.new_id(), name=request.name, kind=request.kind)
    sealed = cipher.encrypt(bound, fields)
    saved = await store.save(bound, description=request.description, field_names=list(fields), sealed=sealed, by=call.who.name)
    return Credential.model_validate(saved)


async def update_credential(call: Call, request: UpdateCredential) -> Credential:
    """New values are encrypted with a key of their own; workers use them within seconds.

    Raises:
        CredentialNotFound, EncryptionKeyMissing, InvalidRequest: as they say.
    """
    store = _store(call)
    record = await store.get(request.credential_id)
    if request.fields is None and request.description is None:
        return Credential.model_validate(record)
    fields = None if request.fields is None else _revealed(record.kind, request.fields)
    replaced = await store.replace(
        record.id,
        description=request.description,
        field_names=None if fields is None else list(fields),
        sealed=None if fields is None else _cipher(call).encrypt(record.bound, fields),
        by=call.who.name,
    )
    return Credential.model_validate(replaced)


async def delete_credential(call: Call, request: DeleteCredential) -> Nothing:
    """Raises CredentialNotFound."""
    await _store(call).delete(request.credential_id, by=call.who.name)
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
    if faults := faults_of(kind, values):
        raise InvalidRequest(f"these values cannot be saved as a credential of the kind {kind}", fields=faults)
    return values


def _cursor_at(name: str) -> str:
    return urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _name_at(cursor: str) -> str:
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise BadRequest("the cursor is not one of this list", hint="take next_cursor of the page before") from error
