"""Encryption at rest: what values are bound to, and what an error says."""

import os
from dataclasses import replace
from uuid import uuid4

import pytest

from interlock.credentials import Bound, Cipher, MasterKey, Sealed
from interlock.errors import CredentialUnreadable

BOUND = Bound(id=uuid4(), name="github", kind="bearer")
FIELDS = {"token": "s3cret-Ä-\n-value"}


def key() -> MasterKey:
    return MasterKey.of(os.urandom(32))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_values_are_decrypted_and_their_ciphertext_shows_nothing() -> None:
    cipher = Cipher([key()])
    sealed = cipher.encrypt(BOUND, FIELDS)
    assert cipher.decrypt(BOUND, sealed) == FIELDS
    assert b"s3cret" not in sealed.ciphertext + sealed.key.wrapped_key


def test_every_write_has_another_key_and_nonce() -> None:
    cipher = Cipher([key()])
    one, other = cipher.encrypt(BOUND, FIELDS), cipher.encrypt(BOUND, FIELDS)
    assert one.ciphertext != other.ciphertext
    assert one.key.wrapped_key != other.key.wrapped_key
    with pytest.raises(CredentialUnreadable):
        cipher.decrypt(BOUND, Sealed(ciphertext=one.ciphertext, key=other.key))


@pytest.mark.parametrize("change", [{"id": uuid4()}, {"name": "gitlab"}, {"kind": "header"}])
def test_values_that_were_moved_to_another_row_are_refused(change: dict[str, object]) -> None:
    cipher = Cipher([key()])
    sealed = cipher.encrypt(BOUND, FIELDS)
    with pytest.raises(CredentialUnreadable, match="damaged, or belong to another"):
        cipher.decrypt(replace(BOUND, **change), sealed)  # type: ignore[arg-type]  # each by its own name


def test_every_damaged_byte_is_noticed() -> None:
    cipher = Cipher([key()])
    sealed = cipher.encrypt(BOUND, FIELDS)
    for at in range(len(sealed.ciphertext)):
        with pytest.raises(CredentialUnreadable):
            cipher.decrypt(BOUND, replace(sealed, ciphertext=flipped(sealed.ciphertext, at)))
    for at in range(len(sealed.key.wrapped_key)):
        with pytest.raises(CredentialUnreadable):
            cipher.decrypt(BOUND, replace(sealed, key=replace(sealed.key, wrapped_key=flipped(sealed.key.wrapped_key, at))))
    for cut in (b"", sealed.ciphertext[:5], sealed.ciphertext[:-1]):
        with pytest.raises(CredentialUnreadable):
            cipher.decrypt(BOUND, replace(sealed, ciphertext=cut))


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, new = key(), key()
    before = Cipher([old]).encrypt(BOUND, FIELDS)
    both = Cipher([new, old])
    assert both.decrypt(BOUND, before) == FIELDS
    assert both.encrypt(BOUND, FIELDS).key.key_id == new.id
    rewrapped = Sealed(ciphertext=before.ciphertext, key=both.rewrap(BOUND, before.key))
    assert Cipher([new]).decrypt(BOUND, rewrapped) == FIELDS


def test_a_missing_key_is_named_by_its_id() -> None:
    old, new = key(), key()
    with pytest.raises(CredentialUnreadable) as raised:
        Cipher([new]).decrypt(BOUND, Cipher([old]).encrypt(BOUND, FIELDS))
    assert old.id in raised.value.message
    assert new.id in raised.value.details
    assert "INTERLOCK_ENCRYPTION_KEY" in raised.value.hint


def test_keys_are_not_printed() -> None:
    master = key()
    assert master.key.hex() not in (shown := repr(master) + repr(Cipher([master])))
    assert repr(master.key) not in shown
