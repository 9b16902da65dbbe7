"""Values that every way in has to take, and values that every one has to refuse."""

from typing import Any

from hypothesis import strategies as st

from interlock.json_text import DIGITS, STANDARD_LIMITS

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
LARGE_FLOATS = st.floats(min_value=1e15, allow_infinity=False) | st.floats(max_value=-1e15, allow_infinity=False)
WHOLE = st.integers(-(2**70), 2**70) | st.integers(-(10**DIGITS) + 1, 10**DIGITS - 1)
SCALARS = st.none() | st.booleans() | WHOLE | FINITE | LARGE_FLOATS | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20)

FLOATS = [
    0.0, -0.0, 0.1, -0.1, 1.0, 1.5, 1e15, 1e16, -1e16, 123456789012345680.0, 2.0**53, 2.0**63, 2.0**64, -(2.0**64), 1e22, 1e23, 6.022e23, 1e100,
    1.7976931348623157e308, -1.7976931348623157e308, 2.2250738585072014e-308, 5e-324, -5e-324, 1e-5, 1e-7, 9.007199254740993e15,
]  # fmt: skip
WHOLE_NUMBERS = [0, 1, -1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**30, -(10**400), 10**DIGITS - 1, 1 - 10**DIGITS]
NUMBERS: list[int | float] = [*FLOATS, *WHOLE_NUMBERS]


def nested(levels: int) -> Any:
    """An object of so many levels."""
    value: Any = 1
    for level in range(levels - 1):
        value = [value] if level % 2 else {"a": value}
    return {"deep": value} if levels else value


def same(left: Any, right: Any) -> bool:
    """Equal, and whole numbers are whole numbers, floats floats, true and false themselves; but for the sign of zero, which `jsonb` has not."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def name_of(value: Any) -> str:
    """A name for a case; pytest itself cannot print integers of more than 4,300 digits."""
    return type(value).__name__ if isinstance(value, int | dict | list) else f"{value!s:.30}"


REFUSED_TEXTS = [
    ('{"a": [1, NaN]}', "bad_number", "/a/1"),
    ('{"a": Infinity}', "bad_number", "/a"),
    ('{"a": -Infinity}', "bad_number", "/a"),
    ('{"a": 1e400}', "bad_number", "/a"),
    ('{"a": -1e400}', "bad_number", "/a"),
    ('{"a/b": {"~": ' + "9" * (DIGITS + 1) + "}}", "bad_number", "/a~1b/~0"),
    ('{"a": {"b": 1, "c": 2, "b": 3}}', "duplicate_key", "/a/b"),
    ('{"a": "x\\u0000"}', "nul_byte", "/a"),
    ('{"a": {"x\\u0000": 1}}', "nul_byte", "/a"),
    ('{"a": ["\\ud800"]}', "bad_text", "/a/0"),
    ('{"a": ["\\udc00\\ud800"]}', "bad_text", "/a/0"),
    ('{"deep": ' + "[" * STANDARD_LIMITS.depth + "]" * STANDARD_LIMITS.depth + "}", "too_deep", "/deep" + "/0" * (STANDARD_LIMITS.depth - 1)),
    ('{"deep": ' + "[" * 600 + "]" * 600 + "}", "too_deep", "/deep" + "/0" * (STANDARD_LIMITS.depth - 1)),
    ('{"a": 1', "not_json", ""),
    ("{'a': 1}", "not_json", ""),
    ('{"a": 1} {}', "not_json", ""),
    ('{"a": 01}', "not_json", ""),
]
