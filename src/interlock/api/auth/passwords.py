"""Hashes passwords with argon2id, in threads of its own, a few at once."""

import asyncio
import hmac
import logging
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr

from interlock.errors import InvalidField, InvalidRequest, TooBusy

AT_ONCE: Final = 2
WAITING: Final = 100
SHORTEST: Final = 12
LONGEST_BYTES: Final = 4_000
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS: Final = 4
_WELL_KNOWN: Final = ("password", "passwort", "qwertyuiop", "1234567890", "letmein", "interlock", "changeme", "admin")

_T = TypeVar("_T")

_logger = logging.getLogger("interlock.api.auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """`better_hash` replaces a stored hash that was made with other parameters."""

    is_right: bool
    better_hash: str | None = None


class Passwords:
    """The hasher of one process. A hash takes 64 MiB, so at most two are made at once, even if their callers have gone; the others wait."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0
        self._of_nobody = _hash_of_nobody(self._hasher)

    async def hash(self, password: SecretStr) -> str:
        """Returns the hash to store."""
        return await self._in_thread(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, password: SecretStr, stored: str | None) -> Verified:
        """Compares a password with a stored hash. Without a hash it does the same work, so that the time reveals nothing."""

        def compare() -> Verified:
            try:
                self._hasher.verify(stored or self._of_nobody, _normal(password))
            except VerificationError:
                return Verified(is_right=False)
            except InvalidHashError:
                _logger.error("a stored password hash is damaged")
                return Verified(is_right=False)
            if stored is None:
                return Verified(is_right=False)
            return Verified(is_right=True, better_hash=self._hasher.hash(_normal(password)) if self._hasher.check_needs_rehash(stored) else None)

        return await self._in_thread(compare)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= WAITING:
            raise TooBusy("too many passwords wait to be checked", hint="try again in a few seconds")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def is_same_password(one: SecretStr, other: SecretStr) -> bool:
    """Returns whether two texts are the same password, also where they spell a letter in different ways."""
    return hmac.compare_digest(_normal(one), _normal(other))


def check_password_rules(password: SecretStr, *, place: str, email: str, name: str = "") -> None:
    """Refuses passwords that are guessed first.

    Raises:
        InvalidRequest: it says what is wrong with the password, never the password.
    """
    text = unicodedata.normalize("NFKC", password.get_secret_value())
    small = text.lower()
    error = None
    if len(text) < SHORTEST:
        error = ("too_short", f"it has fewer than {SHORTEST} characters")
    elif len(text.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        error = ("too_long", f"it has more than {LONGEST_BYTES} bytes")
    elif len(set(small)) < 5:
        error = ("too_simple", "it has fewer than 5 different characters")
    elif any(_mostly(small, word) for word in (email, email.partition("@")[0], name.lower())):
        error = ("contains_name", "it is little more than the email or the name")
    elif any(_mostly(small, word) for word in _WELL_KNOWN):
        error = ("well_known", "it is little more than a well-known password")
    if error:
        code, message = error
        field = InvalidField(place=place, message=message, code=code, hint="choose a longer one, for example four random words")
        raise InvalidRequest(f"{place}: {message}", fields=[field])


def one_time_password() -> SecretStr:
    """Returns four groups of five letters and digits that nobody confuses with each other: 99 bits."""
    return SecretStr("-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(_GROUPS)))


def _mostly(text: str, word: str) -> bool:
    return len(word) >= 4 and len(text.replace(word, "")) < 6


def _normal(password: SecretStr) -> bytes:
    return unicodedata.normalize("NFKC", password.get_secret_value()).encode("utf-8", "surrogatepass")


def _hash_of_nobody(hasher: PasswordHasher) -> str:
    salt, digest = (b64encode(bytes(length)).decode().rstrip("=") for length in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${digest}"
