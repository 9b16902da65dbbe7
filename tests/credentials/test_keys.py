"""Where master keys come from."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interlock.credentials import cipher_from_environment, ensure_key_file, master_keys
from interlock.errors import EncryptionKeyInvalid

ONE, OTHER = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


def test_without_keys_there_is_no_cipher() -> None:
    assert cipher_from_environment({}) is None
    assert cipher_from_environment({"INTERLOCK_ENCRYPTION_KEY": " ", "SECRET_KEY": ""}) is None


def test_several_keys_are_read_in_order(tmp_path: Path) -> None:
    both = master_keys({"INTERLOCK_ENCRYPTION_KEY": f"{ONE},{OTHER}"})
    assert [key.key[0] for key in both] == [1, 2]
    (file := tmp_path / "keys").write_text(f"{OTHER}\n{ONE}\n")
    assert [key.key[0] for key in master_keys({"INTERLOCK_ENCRYPTION_KEY_FILE": str(file)})] == [2, 1]
    everything = {"INTERLOCK_ENCRYPTION_KEY": ONE, "INTERLOCK_ENCRYPTION_KEY_FILE": str(file), "SECRET_KEY": "0123456789" * 4}
    assert [key.key[0] for key in master_keys(everything)][:2] == [1, 2]
    assert len(master_keys(everything)) == 3


def test_the_url_safe_alphabet_is_read_as_well() -> None:
    key = bytes([0xFB, 0xFF]) * 16
    assert master_keys({"INTERLOCK_ENCRYPTION_KEY": base64.urlsafe_b64encode(key).decode()})[0].key == key


def test_a_key_derived_from_secret_key_is_always_the_same_and_not_the_secret() -> None:
    (one,), (again,) = (master_keys({"SECRET_KEY": "a secret of some length"}) for _ in range(2))
    assert one.id == again.id
    assert b"a secret" not in one.key
    assert master_keys({"SECRET_KEY": "another secret of some length"})[0].id != one.id


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"INTERLOCK_ENCRYPTION_KEY": "not base64!"}, "key 1 of INTERLOCK_ENCRYPTION_KEY is not base64"),
        ({"INTERLOCK_ENCRYPTION_KEY": f"{ONE},c2hvcnQ="}, "key 2 of INTERLOCK_ENCRYPTION_KEY has 5 bytes, not 32"),
        ({"INTERLOCK_ENCRYPTION_KEY_FILE": "/nowhere/key"}, "cannot be read from /nowhere/key: No such file"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY has 5 characters"),
        ({"SECRET_KEY": "a" * 40}, "SECRET_KEY has 40 characters, 1 of them different"),
        ({"SECRET_KEY": "abcabcabcabcabcabcabc"}, "3 of them different"),
    ],
)
def test_a_malformed_key_is_refused_and_not_shown(environment: dict[str, str], says: str) -> None:
    with pytest.raises(EncryptionKeyInvalid, match=says) as raised:
        cipher_from_environment(environment)
    assert "not base64!" not in str(raised.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (file := tmp_path / "key").write_bytes(os.urandom(32) + b"\xff")
    with pytest.raises(EncryptionKeyInvalid, match="cannot be read from"):
        master_keys({"INTERLOCK_ENCRYPTION_KEY_FILE": str(file)})


def test_the_key_file_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = ensure_key_file(tmp_path)
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cipher_from_environment({"INTERLOCK_ENCRYPTION_KEY_FILE": str(path)}) is not None
    assert ensure_key_file(tmp_path).read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_of_many_processes_at_once_one_makes_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        seen = set(threads.map(lambda _: ensure_key_file(tmp_path).read_bytes(), range(64)))
    assert len(seen) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    ensure_key_file(tmp_path).chmod(0o640)
    with pytest.raises(EncryptionKeyInvalid, match="can be read by other users"):
        ensure_key_file(tmp_path)


def test_a_link_in_place_of_the_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "encryption.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EncryptionKeyInvalid, match="not a regular file"):
        ensure_key_file(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_an_empty_key_file_is_never_overwritten(tmp_path: Path) -> None:
    (path := tmp_path / "encryption.key").touch(mode=0o600)
    with pytest.raises(EncryptionKeyInvalid, match="is empty"):
        ensure_key_file(tmp_path)
    assert path.read_bytes() == b""


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(EncryptionKeyInvalid, match="cannot be created: No such file"):
        ensure_key_file(tmp_path / "missing")
