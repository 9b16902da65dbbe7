"""Secrets that nodes use. They are encrypted before they reach the database, and never returned."""

from collections.abc import Sequence

from interlock.api.call import Call
from interlock.api.cursors import make_cursor, read_cursor
from interlock.api.models.base import Nothing
from interlock.api.models.credentials import (
    CreateCredential,
    Credential,
    CredentialList,
    CredentialTest,
    DeleteCredential,
    GetCredential,
    ListCredentials,
    SecretFields,
    TestCredential,
    UpdateCredential,
)
from interlock.api.models.users import Role
from interlock.credentials import Bound, Cipher, CredentialStore, check_can_be_tested, errors_of, run_test
from interlock.errors import EncryptionKeyMissing, InvalidRequest
from interlock.nodes.credential import KINDS, hosts_added


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
        InvalidRequest: the values do not fit the kind or are too short to be masked, or the hosts are missing.
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
        CredentialNotFound, EncryptionKeyMissing: as for `create_credential`.
        InvalidRequest: as there; or a host is added by somebody who is not an admin and does not give the values again.
    """
    store = _store(call)
    while True:  # again if somebody else has changed the hosts since they were read, which decide what this caller may do
        record = await store.get(request.credential_id)
        if request.fields is None and request.description is None and request.allowed_hosts is None:
            return Credential.model_validate(record)
        fields = None if request.fields is None else _revealed(record.kind, request.fields)
        hosts = None if request.allowed_hosts is None else _hosts(record.kind, request.allowed_hosts)
        adds_none = hosts is not None and fields is None and not call.caller.may_give(Role.ADMIN)
        if adds_none:
            _check_nothing_added(record.allowed_hosts, hosts or [])
        replaced = await store.replace(
            record.id,
            description=request.description,
            field_names=None if fields is None else list(fields),
            allowed_hosts=hosts,
            sealed=None if fields is None else _cipher(call).encrypt(record.bound, fields),
            by=call.caller.name,
            hosts_before=record.allowed_hosts if adds_none else None,
        )
        if replaced is not None:
            return Credential.model_validate(replaced)


async def test_credential(call: Call, request: TestCredential) -> CredentialTest:
    """Uses a credential once, as a node of this process's network and settings would.

    Raises:
        CredentialNotFound: there is none.
        InvalidRequest: this kind cannot be tested, or the URL is missing.
        TooBusy: as many tests run as one process runs at once.
    """
    store = _store(call)
    record = await store.get(request.credential_id)
    check_can_be_tested(record.kind, request.url)
    async with call.services.credential_tests.one(call.caller.name):
        result = await run_test(store, call.services.cipher, record.name, url=request.url, allow_private_addresses=request.allow_private_addresses)
    return CredentialTest.model_validate(result)


async def delete_credential(call: Call, request: DeleteCredential) -> Nothing:
    """Raises CredentialNotFound."""
    await _store(call).delete(request.credential_id, by=call.caller.name)
    return Nothing()


def _store(call: Call) -> CredentialStore:
    return CredentialStore(call.services.pool, call.workspace_id)


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
    """Returns the hosts in lower case, each once. A kind that is sent over HTTP needs one, and one that has its own address takes none."""
    wanted = list(dict.fromkeys(host.lower() for host in hosts))
    if kind == "postgres" and wanted:
        raise InvalidRequest.of("allowed_hosts", "a credential of the kind postgres names its host in dsn", "not_for_kind", "leave it out")
    if kind in KINDS and kind != "postgres" and not wanted:
        hint = "name the hosts that it is for, such as api.example.com; * is any host, so that a user who chooses an address receives the secret"
        raise InvalidRequest.of("allowed_hosts", f"a credential of the kind {kind} says where it may be sent", "missing_field", hint)
    for position, host in enumerate(wanted):
        port = host.rpartition(":")[2]
        if ":" in host and not host.endswith("]") and not 0 < int(port) < 65_536:
            raise InvalidRequest.of(f"allowed_hosts[{position}]", f"{port} is not a port", "bad_port", "1 to 65535")
    return wanted


def _check_nothing_added(before: Sequence[str], after: Sequence[str]) -> None:
    """Somebody who may write credentials, but was never told this secret, must not have it sent to a host of their own."""
    if added := hosts_added(before, after):
        message = f"the secret may not be sent to {', '.join(added)} yet"
        raise InvalidRequest.of(
            "allowed_hosts", message, "secret_needed", "give its values again together with the new hosts, or let an admin add them"
        )
