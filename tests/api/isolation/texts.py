"""Compares answers."""

import re
from collections.abc import Iterable
from typing import Final

from tests.api.isolation.twins import UUID_PATTERN

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d|\+00)?|seconds: \d+\s+nanos: \d+|seconds: \d{10}")
_MADE: Final = re.compile(r'("version_id": )\d+|("?next_due_seconds"? ?: ?)[\d.]+')


def labelled(text: str) -> str:
    """Returns an answer without what differs between any two: times, and ids and numbers of what was made."""
    labels: dict[str, str] = {}
    text = _MADE.sub(r"\1\2<number>", _TIME.sub("<time>", text))
    return UUID_PATTERN.sub(lambda found: labels.setdefault(found[0], f"<id {len(labels)}>"), text)


def secrets_in(secrets: Iterable[str], text: str) -> list[str]:
    return sorted(each for each in secrets if each in text)
