"""What one process remembers about sign-ins. No other process needs it."""

from dataclasses import dataclass, field

from interlock.api.auth.jwks import JwksCache
from interlock.api.auth.passwords import Passwords
from interlock.api.auth.proofs import Proofs


@dataclass(frozen=True, slots=True)
class AuthState:
    passwords: Passwords = field(default_factory=Passwords)
    proofs: Proofs = field(default_factory=Proofs)
    jwks: JwksCache = field(default_factory=JwksCache)
