"""Generates definitions and JSON values of every kind."""

import re
from typing import Any

from hypothesis import strategies as st

from interlock.definition import ConnectionType
from interlock.definition.model.fields import VISIBLE

Json = dict[str, Any]

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
EDGES = [0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64, 10**30, -(10**30), 0.0, -0.0, 1.0, 1e308, 5e-324, 0.1, 1e17, 123456789.123]
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(EDGES) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)  # fmt: skip
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=12)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=4)

_WORDS = st.from_regex(r"[A-Za-z_]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9_.-])?", fullmatch=True)
_TYPES = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True)
_NAMES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=8).filter(re.compile(VISIBLE).fullmatch)
_QUEUES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,8}", fullmatch=True)
_KEYS = TEXT.filter(bool)
_SECONDS = st.one_of(st.floats(min_value=1e-3, max_value=3_153_600_000), st.integers(1, 3_153_600_000))


def _numbers(low: int, high: int) -> st.SearchStrategy[float]:
    return st.one_of(st.integers(low, high), st.floats(low, high))


RETRIES = st.fixed_dictionaries(
    {},
    optional={
        "max_attempts": st.integers(1, 1000),
        "initial_seconds": _numbers(0, 86_400),
        "multiplier": _numbers(1, 100),
        "max_seconds": _numbers(0, 2_592_000),
        "jitter": _numbers(0, 1),
    },
)
POSITIONS = st.fixed_dictionaries({"x": _numbers(-1_000_000, 1_000_000), "y": _numbers(-1_000_000, 1_000_000)})
JOINS = st.sampled_from(["all", "first", "each"]) | st.builds(lambda count: {"count": count}, st.integers(1, 5000))


def nodes(node_id: str) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"id": st.just(node_id), "type": _TYPES, "subtype": _TYPES},
        optional={
            "name": st.none() | _NAMES,
            "parameters": OBJECTS,
            "join": JOINS,
            "late": st.sampled_from(["swallow", "hold", "cancel"]),
            "ordered": st.booleans(),
            "disabled": st.booleans(),
            "retry": RETRIES,
            "on_error": st.sampled_from(["fail", "continue", "port"]),
            "timeout_seconds": st.none() | _SECONDS,
            "max_visits": st.integers(1, 1_000_000_000),
            "queue": _QUEUES,
            "lock": st.none() | _KEYS,
            "position": st.none() | POSITIONS,
        },
    )


_SIZES = _numbers(40, 10_000)
NOTES = st.fixed_dictionaries({"id": _WORDS, "position": POSITIONS}, optional={"text": TEXT, "width": _SIZES, "height": _SIZES})


def groups(ids: list[str]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"id": _WORDS, "name": _NAMES, "nodes": st.lists(st.sampled_from(ids), min_size=1, max_size=3)})


def connections(ids: list[str]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"from": st.sampled_from(ids), "to": st.sampled_from(ids)},
        optional={"port": _NAMES, "type": st.sampled_from([each.value for each in ConnectionType])},
    )


@st.composite
def definitions(draw: st.DrawFn) -> Json:
    """The JSON form of a definition that can be read; whether it makes sense is another question."""
    ids = draw(st.lists(_WORDS, min_size=1, max_size=4, unique=True))
    drawn: Json = draw(
        st.fixed_dictionaries(
            {"name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,10}", fullmatch=True), "nodes": st.tuples(*map(nodes, ids)).map(list)},
            optional={
                "description": st.none() | TEXT,
                "tags": st.lists(_NAMES, max_size=3),
                "semantics": st.just(1),
                "lock": st.none() | _KEYS,
                "timeout_seconds": st.none() | _SECONDS,
                "virtual_users": st.sampled_from(["inline", "cron"]),
                "connections": st.lists(connections(ids), max_size=4),
                "notes": st.lists(NOTES, max_size=2),
                "groups": st.lists(groups(ids), max_size=2),
            },
        )
    )
    return drawn


_KEY_OF_ANY = st.sampled_from(
    ["name", "id", "nodes", "join", "retry", "parameters", "from", "type", "count", "tags", "unknown", "jitter", "lock", "position", "x"]
)
_WRONG = VALUES | st.sampled_from([True, "", "first", 0, -1, 1.5, [], {}, [{}], {"count": 0}, {"count": 2, "more": 1}, "a" * 101, 1e18])


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """A definition in which one thing at any place was replaced, added or removed."""
    drawn = draw(definitions())
    places = list(_objects(drawn))
    target = draw(st.sampled_from(places))
    key = draw(st.sampled_from(sorted(target)) | _KEY_OF_ANY if target else _KEY_OF_ANY)
    if key in target and draw(st.booleans()):
        del target[key]
    else:
        target[key] = draw(_WRONG)
    return drawn


def _objects(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(item)
