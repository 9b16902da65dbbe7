"""The master keys: where they come from, and the file that `interlock up` keeps one in."""

import base64
import binascii
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from interlock.errors import EncryptionKeyInvalid

KEY_BYTES: Final = 32
KEY_VARIABLE: Final = "INTERLOCK_ENCRYPTION_KEY"
FILE_VARIABLE: Final = "INTERLOCK_ENCRYPTION_KEY_FILE"
SECRET_VARIABLE: Final = "SECRET_KEY"  # noqa: S105  a name
SHORTEST_SECRET_KEY: Final = 16
KEY_FILE: Final = "encryption.key"
_HOW: Final = "make one with: python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MasterKey:
    """A key of 256 bits, and the id by which rows tell which one wrapped them; the id gives nothing of the key away."""

    id: str
    key: bytes

    @classmethod
    def of(cls, key: bytes) -> Self:
        return cls(id=_derived(key, b"interlock master key id", 8).hex(), key=key)

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"


def master_keys(environ: Mapping[str, str]) -> tuple[MasterKey, ...]:
    """Every key that is configured, the one to encrypt with first: those of INTERLOCK_ENCRYPTION_KEY, of INTERLOCK_ENCRYPTION_KEY_FILE, and the
    one derived from SECRET_KEY.

    Raises:
        EncryptionKeyInvalid: one is not of the form, or the file cannot be read; what it was is not told.
    """
    keys = [*_listed(environ.get(KEY_VARIABLE, ""), KEY_VARIABLE)]
    if path := environ.get(FILE_VARIABLE, "").strip():
        keys += _from_file(Path(path), FILE_VARIABLE)
    secret = environ.get(SECRET_VARIABLE, "")
    if len(secret) >= SHORTEST_SECRET_KEY:
        keys.append(_derived(secret.encode(), b"interlock credentials", KEY_BYTES))
    elif secret and not keys:
        raise EncryptionKeyInvalid(
            f"{SECRET_VARIABLE} has {len(secret)} characters, too few to derive an encryption key from",
            hint=f"give it {SHORTEST_SECRET_KEY} or more random ones, or set {KEY_VARIABLE}; {_HOW}",
        )
    return tuple(MasterKey.of(key) for key in dict.fromkeys(keys))


def ensure_key_file(folder: Path) -> Path:
    """The file `encryption.key` in an existing folder, made with a new key where there is none; readable by this user alone.

    Of processes that come at once, one makes the key and all use it. The file stays with whoever made it: the user that runs PostgreSQL for root
    has no need to read it, and then neither has SQL that reads files.

    Raises:
        EncryptionKeyInvalid: it cannot be made or read, is open to others, or holds no key.
    """
    path = folder / KEY_FILE
    try:
        if not path.is_symlink() and not path.exists():
            _make(path)
        status = path.lstat()
    except OSError as error:
        raise EncryptionKeyInvalid(f"the encryption key {path} cannot be made: {error.strerror}", hint=f"or set {KEY_VARIABLE}") from error
    if not stat.S_ISREG(status.st_mode):
        raise EncryptionKeyInvalid(f"{path} is not a regular file", hint="remove it, if no credentials were saved with it")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise EncryptionKeyInvalid(f"{path} is open to other users", hint=f"chmod 600 {path}; if others may have read it, change the key")
    if not _from_file(path, str(path)):
        raise EncryptionKeyInvalid(f"{path} is empty", hint=f"restore it, or remove it if no credentials were saved; {_HOW}")
    return path


def _make(path: Path) -> None:
    """Whole or not at all: written under another name, then linked to its own, which only the first can do."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        unfinished.unlink()
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def _from_file(path: Path, place: str) -> list[bytes]:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise EncryptionKeyInvalid(f"the encryption key of {place} cannot be read from {path}: {reason}") from None
    return list(_listed(text, place))


def _listed(text: str, place: str) -> Iterator[bytes]:
    for number, encoded in enumerate(filter(None, re.split(r"[,\s]+", text)), start=1):
        try:
            key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            raise EncryptionKeyInvalid(f"key {number} of {place} is not base64", hint=_HOW) from None
        if len(key) != KEY_BYTES:
            raise EncryptionKeyInvalid(f"key {number} of {place} has {len(key)} bytes, it must have {KEY_BYTES}", hint=_HOW)
        yield key


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)
