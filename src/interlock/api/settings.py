"""What an API process is told when it starts."""

from collections.abc import Sequence
from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Times are in seconds, sizes in bytes.

    Attributes:
        host, port: where REST and the pages are served; loopback only, until told otherwise. Port 0: any free one.
        grpc_port: where gRPC is served, on the same host; None: not at all.
        public_url: the address that browsers use, where a proxy stands before it; its scheme decides whether cookies are `Secure`, and only pages
            of its origin may ask for changes by cookie.
        body_limit: the largest request body; definitions get `definition_limit`.
        stream_limit: how many event streams one process serves at once.
        session_seconds: how long a sign-in lasts; each use within the last half prolongs it.
        supabase_url, supabase_anon_key, supabase_jwt_secret: of the Supabase project whose tokens are accepted; None: none are.
        allowed_origins: origins of other pages that may call the API (CORS), never with cookies.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    grpc_port: int | None = None
    public_url: str | None = None
    body_limit: int = MEBIBYTE
    definition_limit: int = 8 * MEBIBYTE
    stream_limit: int = 2_000
    session_seconds: int = 14 * 86_400
    supabase_url: str | None = None
    supabase_anon_key: str | None = None
    supabase_jwt_secret: str | None = None
    allowed_origins: Sequence[str] = ()
