"""What an API process is told by its options and the environment."""

import os

from interlock.api.settings import ApiSettings


def api_settings(*, host: str, port: int, grpc_port: int | None, public_url: str | None) -> ApiSettings:
    """Options, and what has no option: the Supabase project whose tokens are accepted, and origins of other pages."""
    origins = os.environ.get("INTERLOCK_ALLOWED_ORIGINS", "")
    return ApiSettings(
        host=host,
        port=port,
        grpc_port=grpc_port,
        public_url=public_url,
        supabase_url=os.environ.get("SUPABASE_URL") or None,
        supabase_anon_key=os.environ.get("SUPABASE_ANON_KEY") or None,
        supabase_jwt_secret=os.environ.get("SUPABASE_JWT_SECRET") or None,
        allowed_origins=tuple(origin.strip() for origin in origins.split(",") if origin.strip()),
    )
