"""Settings of an API process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from urllib.parse import urlsplit

from interlock.errors import BadRequest

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Times are in seconds, sizes in bytes.

    Attributes:
        host, port: where REST and the pages are served; by default only on this machine. With port 0, at any free port.
        grpc_port: where gRPC is served, on the same host; None: gRPC is not served.
        public_url: the address that browsers use, if there is a proxy. Its scheme decides whether cookies are `Secure`, and only pages of its
            origin may change anything by cookie. It may end with a path, if the proxy serves Interlock below one.
        trusted_proxies: addresses and networks of proxies whose `X-Forwarded-For` is believed; used only with a `public_url`.
        body_limit: maximum size of a request body; `definition_limit` is that of a definition.
        stream_limit: maximum number of event streams that one process serves at once.
        user_requests, workspace_requests: maximum number of requests a minute that one process accepts from a user, and from a workspace that has
            neighbours and no limit of its own.
        user_streams, workspace_streams: the same for event streams that are open at once.
        user_assignments: maximum number of open assignments in the executions that a user started, counted in the database; None: there is no limit.
        session_seconds: how long a session lasts; using it within its last half prolongs it.
        supabase_url, supabase_anon_key, supabase_jwt_secret: the Supabase project whose tokens are accepted; None: no tokens are accepted.
        allowed_origins: origins of other pages that may call the API (CORS), never with cookies.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    grpc_port: int | None = None
    public_url: str | None = None
    trusted_proxies: Sequence[str] = ("127.0.0.1", "::1")
    body_limit: int = MEBIBYTE
    definition_limit: int = 8 * MEBIBYTE
    stream_limit: int = 2_000
    user_requests: int = 30_000
    workspace_requests: int = 60_000
    user_streams: int = 1_000
    workspace_streams: int = 1_500
    user_assignments: int | None = None
    session_seconds: int = 14 * 86_400
    supabase_url: str | None = None
    supabase_anon_key: str | None = None
    supabase_jwt_secret: str | None = field(default=None, repr=False)
    allowed_origins: Sequence[str] = ()

    @property
    def path_prefix(self) -> str:
        """The path below which a proxy serves Interlock; empty for the root."""
        return urlsplit(self.public_url or "").path.rstrip("/")


def settings_from_environment(environ: Mapping[str, str]) -> ApiSettings:
    """Reads the settings from the environment; docs/concepts/security.md lists the names. An empty variable counts as missing.

    Raises:
        BadRequest: a variable has a wrong value, or needs another one that is missing.
    """
    standard = ApiSettings()
    supabase_url = _url(environ, "SUPABASE_URL")
    jwt_secret = environ.get("SUPABASE_JWT_SECRET") or None
    if jwt_secret and not supabase_url:
        raise BadRequest("SUPABASE_JWT_SECRET is set, but not SUPABASE_URL", hint="set it too: only tokens of that project are accepted")
    if jwt_secret and len(jwt_secret.encode()) < 32:
        raise BadRequest(
            "SUPABASE_JWT_SECRET has fewer than 32 bytes", hint="copy it whole from the project's settings: whoever guesses it can sign in as anybody"
        )
    return ApiSettings(
        host=environ.get("INTERLOCK_HOST") or standard.host,
        port=_number(environ, "INTERLOCK_PORT", standard.port, 0, 65_535),
        grpc_port=_number(environ, "INTERLOCK_GRPC_PORT", 0, 0, 65_535) if environ.get("INTERLOCK_GRPC_PORT") else None,
        public_url=_url(environ, "INTERLOCK_PUBLIC_URL"),
        trusted_proxies=_networks(environ, "INTERLOCK_TRUSTED_PROXIES") or standard.trusted_proxies,
        body_limit=_number(environ, "INTERLOCK_BODY_LIMIT", standard.body_limit, 1_024, 1_024 * MEBIBYTE),
        definition_limit=_number(environ, "INTERLOCK_DEFINITION_LIMIT", standard.definition_limit, 1_024, 1_024 * MEBIBYTE),
        stream_limit=_number(environ, "INTERLOCK_STREAM_LIMIT", standard.stream_limit, 1, 1_000_000),
        user_requests=_number(environ, "INTERLOCK_USER_REQUESTS", standard.user_requests, 1, 100_000_000),
        workspace_requests=_number(environ, "INTERLOCK_WORKSPACE_REQUESTS", standard.workspace_requests, 1, 100_000_000),
        user_streams=_number(environ, "INTERLOCK_USER_STREAMS", standard.user_streams, 1, 1_000_000),
        workspace_streams=_number(environ, "INTERLOCK_WORKSPACE_STREAMS", standard.workspace_streams, 1, 1_000_000),
        user_assignments=_number(environ, "INTERLOCK_USER_ASSIGNMENTS", 0, 1, 10_000_000) if environ.get("INTERLOCK_USER_ASSIGNMENTS") else None,
        session_seconds=_number(environ, "INTERLOCK_SESSION_SECONDS", standard.session_seconds, 60, 365 * 86_400),
        supabase_url=supabase_url,
        supabase_anon_key=environ.get("SUPABASE_ANON_KEY") or None,
        supabase_jwt_secret=jwt_secret,
        allowed_origins=tuple(_origin(text.strip()) for text in environ.get("INTERLOCK_ALLOWED_ORIGINS", "").split(",") if text.strip()),
    )


def _number(environ: Mapping[str, str], name: str, standard: int, least: int, most: int) -> int:
    text = (environ.get(name) or str(standard)).strip()
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise BadRequest(f"{name} is {text[:50]!r}, not a number from {least} to {most}", hint="fix it, or leave it out")
    return int(text)


def _url(environ: Mapping[str, str], name: str) -> str | None:
    text = (environ.get(name) or "").strip().rstrip("/")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        is_address = False
    if not is_address or "?" in text or "#" in text:
        raise BadRequest(f"{name} is {text[:200]!r}, not an address", hint="write it as https://example.org")
    return text


def _networks(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    given = tuple(text.strip() for text in environ.get(name, "").split(",") if text.strip())
    for text in given:
        try:
            ip_network(text)
        except ValueError as error:
            raise BadRequest(f"{name} has {text[:50]!r}: {error}", hint="write each as 10.0.0.7 or 10.0.0.0/24, with commas between") from error
    if given and not environ.get("INTERLOCK_PUBLIC_URL"):
        raise BadRequest(f"{name} is set, but not INTERLOCK_PUBLIC_URL", hint="set it too: it is the address that the proxies serve")
    return given


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or text.rstrip("/") != f"{parts.scheme}://{parts.netloc}":
        raise BadRequest(
            f"INTERLOCK_ALLOWED_ORIGINS has {text[:200]!r}, which is not an origin", hint="write each as https://example.org, with commas between"
        )
    return text.rstrip("/")
