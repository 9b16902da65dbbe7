"""Makes the twin of a request: the same one, with ids and names that exist nowhere."""

import base64
import json
import re
from typing import Any, Final

VICTIM: Final = "zqvictim"
VICTIM_TEAM: Final = "zqhidden"
ATTACKER: Final = "zqbattle"
NOBODY: Final = "zqnobody"
NO_TEAM: Final = "zqnoteam"
"""The markers of the workspace that is attacked, of the attackers', and of what exists nowhere: all as long as each other, and sorted alike. The name
of the workspace that is attacked is apart: its members know it wherever they are."""
UUID_PATTERN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FLIPPED: Final = 0x5A5A5A5A5A5A
_AWAY: Final = 970_000_000


class Cursor(str):
    """A cursor of a list, of which the twin is a cursor too."""

    __slots__ = ()

    @classmethod
    def of(cls, *parts: str) -> "Cursor":
        return cls(base64.urlsafe_b64encode(json.dumps(list(parts), separators=(",", ":"), ensure_ascii=False).encode()).rstrip(b"=").decode())

    @property
    def parts(self) -> list[str]:
        return list(json.loads(base64.urlsafe_b64decode(self + "=" * (-len(self) % 4))))


class Number(int):
    """An id that is a number, of which the twin is another one."""

    __slots__ = ()


def twin_of(value: Any) -> Any:
    """Returns the same value with the ids and names of the victim replaced."""
    if isinstance(value, Cursor):
        return Cursor.of(*(twin_of(part) for part in value.parts))
    if isinstance(value, Number):
        return Number(value + _AWAY)
    if isinstance(value, str):
        return UUID_PATTERN.sub(lambda found: _flip(found[0]), value).replace(VICTIM, NOBODY).replace(VICTIM_TEAM, NO_TEAM)
    if isinstance(value, dict):
        return {twin_of(key): twin_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [twin_of(item) for item in value]
    return value


def original_of(text: str, asked: Any) -> str:
    """Returns the answer to a twin as it would be with the values that were `asked` for."""
    for value in _values_in(asked):
        if isinstance(value, Number):
            text = re.sub(rf"\b{value + _AWAY}\b", str(value), text)
            continue
        if isinstance(value, Cursor):
            text = text.replace(twin_of(value), value)
        for found in UUID_PATTERN.findall(value):
            text = text.replace(_flip(found), found)
    return text.replace(NOBODY, VICTIM).replace(NO_TEAM, VICTIM_TEAM)


def without(text: str, asked: Any) -> str:
    """Returns an answer without the values that it was asked for."""
    for value in sorted((each for each in _values_in(asked) if isinstance(each, str)), key=len, reverse=True):
        if value:
            text = text.replace(value, "…").replace(json.dumps(value)[1:-1], "…")
    return text


def _values_in(value: Any) -> list[str | Number]:
    if isinstance(value, str | Number):
        return [value]
    if isinstance(value, dict):
        return [each for pair in value.items() for part in pair for each in _values_in(part)]
    if isinstance(value, list):
        return [each for item in value for each in _values_in(item)]
    return []


def _flip(found: str) -> str:
    head, _, tail = found.rpartition("-")
    return f"{head}-{int(tail, 16) ^ _FLIPPED:012x}"
