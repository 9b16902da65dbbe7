"""Secrets of programs and browsers. Each has 256 random bits, so its plain SHA-256 is stored."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

KEY_PREFIX: Final = "il_"
_PREFIX_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CSRF: Final = b"interlock csrf"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """`key` is shown to its owner once; afterwards it is recognized by its `prefix`."""

    key: str = field(repr=False)
    prefix: str


def new_session_token() -> str:
    return secrets.token_urlsafe(32)


def new_api_key() -> NewApiKey:
    """Returns a key of the form `il_<8 letters>_<64 hexadecimal digits>`."""
    prefix = KEY_PREFIX + "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(8))
    return NewApiKey(key=f"{prefix}_{secrets.token_hex(32)}", prefix=prefix)


def hash_of(token: str) -> bytes:
    """Returns the hash that is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def csrf_token_of(session_token: str, workspace_id: int) -> str:
    """Returns the CSRF token of a session in a workspace. Every process computes the same one from the session's token.

    When the session goes on in another workspace, a page that was loaded before can change nothing: what it shows is not what it would change.
    """
    return hmac.new(session_token.encode("utf-8", "surrogatepass"), _CSRF + f" {workspace_id}".encode(), hashlib.sha256).hexdigest()
