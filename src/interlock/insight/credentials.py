"""Reads the kinds of credentials; never their values."""

from collections.abc import Collection, Mapping
from typing import LiteralString

from interlock.insight.reading import OWN, Scope, read_rows

_KINDS: LiteralString = f"select c.name, c.kind from interlock.credentials c where c.workspace_id = {OWN} and c.name = any (%(names)s)"


async def read_kinds(scope: Scope, names: Collection[str]) -> Mapping[str, str]:
    """Returns the kind of each of these credentials that exists, by name."""
    if not names:
        return {}
    return {row["name"]: row["kind"] for row in await read_rows(scope, _KINDS, names=sorted(names))}
