"""The public keys that Supabase signs tokens with, cached for ten minutes."""

import asyncio
import logging
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from interlock.api.auth.fetching import fetch_json
from interlock.errors import IdentityUnavailable

FRESH_SECONDS: Final = 600.0
STALE_SECONDS: Final = 3_600.0
FLOOR_SECONDS: Final = 10.0
MOST_KEYS: Final = 50
_ALGORITHMS: Final = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}

_logger = logging.getLogger("interlock.api.auth")


class JwksCache:
    """Fetches the keys again when they are ten minutes old or a token names an unknown one, but not twice within ten seconds.

    While Supabase does not answer, the old keys are used for an hour. The type of a key decides its one algorithm.
    """

    def __init__(self) -> None:
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, url: str, kid: str) -> jwt.PyJWK | None:
        """Returns the key with this id; None if Supabase has none.

        Raises:
            IdentityUnavailable: there are no keys, or only ones that are too old.
        """
        if kid in self._keys and _age(self._fetched_at) < FRESH_SECONDS:
            return self._keys[kid]
        async with self._lock:
            if kid not in self._keys or _age(self._fetched_at) >= FRESH_SECONDS:
                await self._fetch(url)
        if _age(self._fetched_at) >= STALE_SECONDS:
            raise IdentityUnavailable("the keys of Supabase could not be fetched", hint="is SUPABASE_URL right, and can it be reached?")
        return self._keys.get(kid)

    async def _fetch(self, url: str) -> None:
        if _age(self._tried_at) < FLOOR_SECONDS:
            return
        self._tried_at = monotonic()
        try:
            fetched = await fetch_json("GET", url)
            if fetched.status != 200 or not isinstance(fetched.body, dict) or not isinstance(fetched.body.get("keys"), list):
                raise IdentityUnavailable(f"{url} answered {fetched.status}, without keys")
        except IdentityUnavailable as error:
            _logger.warning("the keys of Supabase could not be fetched: %s", error.message)
            return
        self._keys = _usable(fetched.body["keys"][:MOST_KEYS])
        self._fetched_at = monotonic()


def _usable(keys: list[Any]) -> Mapping[str, jwt.PyJWK]:
    found = {}
    for key in keys:
        if not isinstance(key, dict) or not isinstance(key.get("kid"), str) or key.get("use", "sig") != "sig":
            continue
        algorithm = _ALGORITHMS.get((str(key.get("kty")), key.get("crv") if key.get("kty") == "EC" else None))
        if algorithm is None or key.get("alg", algorithm) != algorithm:
            continue
        try:
            public = jwt.PyJWK(_public(key), algorithm)
        except jwt.PyJWTError as error:
            _logger.warning("a key of Supabase is damaged: %s", error)
            continue
        if isinstance(public.key, RSAPublicKey) and public.key.key_size < 2048:
            continue
        found[key["kid"]] = public
    return found


def _public(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in ("kty", "crv", "x", "y", "n", "e", "kid") if name in key}


def _age(at: float | None) -> float:
    return float("inf") if at is None else monotonic() - at
