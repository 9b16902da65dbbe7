"""JSON pointers (RFC 6901)."""

from collections.abc import Iterable


def json_pointer(steps: Iterable[str | int]) -> str:
    """Returns the place as a JSON pointer, "" for the whole value."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
