"""Reads from the source what an SQL function raises or answers with, itself or through other functions."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from typing import Final

from interlock.controlplane.schema import SQL

_RAISED: Final = re.compile(r"raise_error\(\s*'(IL\d{3})'")
_ANSWERED: Final = re.compile(r"'code',\s*'(IL\d{3})'")
_CALLED: Final = re.compile(r"\binterlock\.(\w+)\s*\(")
_CAUGHT: Final = re.compile(r"\bwhen sqlstate '(IL\d{3})'")


def codes_raised(functions: Iterable[str]) -> frozenset[str]:
    """Returns the codes that a call of one of these functions can raise."""
    return frozenset(code for name in functions for code in _raised_by(name, frozenset()))


def codes_answered(functions: Iterable[str]) -> frozenset[str]:
    """Returns the codes that one of these functions, or one that it calls, answers in place of a result."""
    return frozenset(code for name in _reached(functions) for code in _ANSWERED.findall(_sources()[name]))


def _raised_by(name: str, callers: frozenset[str]) -> frozenset[str]:
    text = _sources()[name]
    called = (set(_CALLED.findall(text)) & _sources().keys()) - callers - {name}
    below = {code for each in called for code in _raised_by(each, callers | {name})}
    return frozenset({*_RAISED.findall(text), *below}.difference(_CAUGHT.findall(text)))


def _reached(functions: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(functions)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += set(_CALLED.findall(_sources()[name])) & _sources().keys()
    return found


@cache
def _sources() -> Mapping[str, str]:
    """The source of each function by its name, without comments."""
    files = {file.name.removesuffix(".sql"): file.read_text(encoding="utf-8") for file in _files(SQL)}
    return {name: re.sub(r"--[^\n]*", "", text) for name, text in files.items()}


def _files(folder: Traversable) -> Iterable[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "migrations":
            yield from _files(entry)
        elif entry.name.endswith(".sql"):
            yield entry
