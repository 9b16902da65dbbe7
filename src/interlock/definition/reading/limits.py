"""How large a definition may be: like any JSON value, with less text."""

from typing import Final

from interlock.json_text import JsonLimits

DEFINITION_LIMITS: Final = JsonLimits(text_bytes=1_048_576, values=500_000)
