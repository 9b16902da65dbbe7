"""How large a definition may be before anybody looks inside: as any JSON value, but with less text."""

from typing import Final

from interlock.json_text import JsonLimits

DEFINITION_LIMITS: Final = JsonLimits(text_bytes=1_048_576, values=500_000)
