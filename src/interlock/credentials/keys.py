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
FEWEST_CHARACTERS: Final = 6
"""How many different characters a secret has at least; 16 random hexadecimal digits have fewer once in thirty thousand."""
KEY_FILE: Final = "encryption.key"
_HOW: Final = "make one with: python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MasterKey:
    """A key of 256 bits, and its id, by which a row names the key that wrapped it. The id reveals nothing about the key."""

    id: str
    key: bytes

    @classmethod
    def of(cls, key: bytes) -> Self:
        return cls(id=_derive(key, b"interlock master key id", 8).hex(), key=key)

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"


def master_keys(environ: Mapping[str, str]) -> tuple[MasterKey, ...]:
    """Returns every configured key; the first one encrypts.

    They are those of INTERLOCK_ENCRYPTION_KEY, those of INTERLOCK_ENCRYPTION_KEY_FILE, and the one derived from SECRET_KEY, in this order.

    Raises:
        EncryptionKeyInvalid: one has the wrong form, or the file cannot be read. The message does not show the key.
    """
    keys = [*_decode_keys(environ.get(KEY_VARIABLE, ""), KEY_VARIABLE)]
    if path := environ.get(FILE_VARIABLE, "").strip():
        keys += _read_keys(Path(path), FILE_VARIABLE)
    secret = environ.get(SECRET_VARIABLE, "")
    if len(secret) >= SHORTEST_SECRET_KEY and len(set(secret)) >= FEWEST_CHARACTERS:
        keys.append(_derive(secret.encode(), b"interlock credentials", KEY_BYTES))
    elif secret and not keys:
        raise EncryptionKeyInvalid(
            f"{SECRET_VARIABLE} has {len(secret)} characters, {len(set(secret))} of them different: too few to derive an encryption key from",
            hint=f"give it {SHORTEST_SECRET_KEY} or more random ones, or set {KEY_VARIABLE}; {_HOW}",
        )
    return tuple(MasterKey.of(key) for key in dict.fromkeys(keys))


def ensure_key_file(folder: Path) -> Path:
    """Returns the file `encryption.key` of an existing folder; makes it with a new key where there is none. Only this user can read it.

    When several processes call this at once, one makes the key and all use it. The file belongs to the user that made it, also where root's
    PostgreSQL runs as another user: that user does not need it, and so SQL that reads files cannot read it.

    Raises:
        EncryptionKeyInvalid: it cannot be created or read, other users can read it, or it holds no key.
    """
    path = folder / KEY_FILE
    try:
        if not path.is_symlink() and not path.exists():
            _create_key_file(path)
        status = path.lstat()
    except OSError as error:
        raise EncryptionKeyInvalid(
            f"the encryption key {path} cannot be created: {error.strerror}", hint=f"make the folder writable, or set {KEY_VARIABLE}"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise EncryptionKeyInvalid(f"{path} is not a regular file", hint="remove it, if no credentials were saved with it")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise EncryptionKeyInvalid(f"{path} can be read by other users", hint=f"chmod 600 {path}; if others may have read it, change the key")
    if not _read_keys(path, str(path)):
        raise EncryptionKeyInvalid(f"{path} is empty", hint=f"restore it, or remove it if no credentials were saved; {_HOW}")
    return path


def _create_key_file(path: Path) -> None:
    """Writes the file under another name, then links it to its own: so it is whole, and only the first process succeeds."""
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


def _read_keys(path: Path, source: str) -> list[bytes]:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise EncryptionKeyInvalid(f"the encryption key of {source} cannot be read from {path}: {reason}") from None
    return list(_decode_keys(text, source))


def _decode_keys(text: str, source: str) -> Iterator[bytes]:
    for number, encoded in enumerate(filter(None, re.split(r"[,\s]+", text)), start=1):
        try:
            key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            raise EncryptionKeyInvalid(f"key {number} of {source} is not base64", hint=_HOW) from None
        if len(key) != KEY_BYTES:
            raise EncryptionKeyInvalid(f"key {number} of {source} has {len(key)} bytes, not {KEY_BYTES}", hint=_HOW)
        yield key


def _derive(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)
