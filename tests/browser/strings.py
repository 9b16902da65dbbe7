"""Makes texts that are valid by the schema of a string."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final

_FREE: Final = ["a", "plain text", "two\nlines", "{{ nodes.begin.output.x }}", "at {{ input.a }} o'clock", "ä€𝄞"]
_NAMES: Final = ["a", "Name_1", "other"]
_EXPRESSIONS: Final = ["a", "amount > 10 and region == 'EU'", "nodes.begin.output.x"]


def matching(schema: Mapping[str, Any], random: Random) -> str:
    """Names match every pattern that node types have."""
    if schema.get("format") == "interlock-expression":
        return random.choice(_EXPRESSIONS)
    return random.choice(_NAMES if "pattern" in schema else _FREE)
