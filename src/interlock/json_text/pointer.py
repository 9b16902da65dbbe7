"""JSON pointers (RFC 6901)."""

from collections.abc import Iterable


def json_pointer(steps: Iterable[str | int]) -> str:
    """Returns the place as a JSON pointer, "" for the whole value."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def pointer_steps(pointer: str) -> list[str]:
    """Returns the steps of a JSON pointer, as texts; none for the whole value."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
