"""Encryption of credentials at rest: each write has a key of its own, and that key is wrapped by a master key."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from interlock.credentials.keys import KEY_BYTES, MasterKey, master_keys
from interlock.errors import CredentialUnreadable
from interlock.json_text import read_stored_json, write_json

_NONCE_BYTES: Final = 12
_FORM: Final = "interlock credential 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a credential's values are bound to: after one of these changed in the row, the values cannot be decrypted."""

    id: UUID
    name: str
    kind: str

    def to_bytes(self, purpose: str, *more: str) -> bytes:
        return write_json([_FORM, purpose, str(self.id), self.name, self.kind, *more])


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """The key of one write, encrypted under the master key of this id."""

    wrapped_key: bytes
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Encrypted values, as they are stored."""

    ciphertext: bytes
    key: WrappedKey


class Cipher:
    """Encrypts with the first of its master keys, and decrypts with the one that a row names. AES-256-GCM with random nonces throughout."""

    def __init__(self, keys: Sequence[MasterKey]) -> None:
        if not keys:
            raise ValueError("a cipher needs a key")
        self._first = keys[0]
        self._by_id = {key.id: key for key in keys}

    @property
    def key_id(self) -> str:
        """The id of the key that encrypts."""
        return self._first.id

    def knows(self, wrapped: WrappedKey) -> bool:
        """Returns whether the cipher has the master key that wrapped it."""
        return wrapped.key_id in self._by_id

    def encrypt(self, bound: Bound, fields: Mapping[str, str]) -> Sealed:
        """Returns the values of this credential, encrypted with a new key."""
        key = os.urandom(KEY_BYTES)
        return Sealed(ciphertext=_encrypt(key, write_json(dict(fields)), bound.to_bytes("fields")), key=self._wrap(bound, key))

    def decrypt(self, bound: Bound, sealed: Sealed) -> dict[str, str]:
        """Returns the values of this credential.

        Raises:
            CredentialUnreadable: the cipher does not have its master key, or the row was damaged or belongs to another credential.
        """
        key = self._unwrap(bound, sealed.key)
        fields: dict[str, str] = read_stored_json(_decrypt(key, sealed.ciphertext, bound.to_bytes("fields"), bound))
        return fields

    def rewrap(self, bound: Bound, wrapped: WrappedKey) -> WrappedKey:
        """Returns the same key, wrapped by the first master key. Raises what `decrypt` raises."""
        return self._wrap(bound, self._unwrap(bound, wrapped))

    def _wrap(self, bound: Bound, key: bytes) -> WrappedKey:
        master = self._first
        return WrappedKey(wrapped_key=_encrypt(master.key, key, bound.to_bytes("key", master.id)), key_id=master.id)

    def _unwrap(self, bound: Bound, wrapped: WrappedKey) -> bytes:
        master = self._by_id.get(wrapped.key_id)
        if master is None:
            raise CredentialUnreadable(
                f"the credential {bound.name!r} was encrypted with the master key {wrapped.key_id}, which is not configured here",
                details=f"configured: {', '.join(self._by_id)}",
                hint="add that key to INTERLOCK_ENCRYPTION_KEY, after the first, or save the credential's values again",
            )
        return _decrypt(master.key, wrapped.wrapped_key, bound.to_bytes("key", master.id), bound)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._by_id)})"


def cipher_from_environment(environ: Mapping[str, str]) -> Cipher | None:
    """Returns a cipher with the keys of INTERLOCK_ENCRYPTION_KEY, INTERLOCK_ENCRYPTION_KEY_FILE and SECRET_KEY; None where none of them is set.

    Raises:
        EncryptionKeyInvalid: one of them is not a key.
    """
    keys = master_keys(environ)
    return Cipher(keys) if keys else None


def _encrypt(key: bytes, data: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, bound_to)


def _decrypt(key: bytes, data: bytes, bound_to: bytes, bound: Bound) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise CredentialUnreadable(
            f"the stored values of the credential {bound.name!r} were damaged, or belong to another credential", hint="save its values again"
        ) from None
