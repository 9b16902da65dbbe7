"""Decides as what type each JSON value is sent.

A value without a cast is sent as if it were written in the statement: a text as a literal whose type the statement decides, a number as integer,
bigint or numeric (a float as numeric too, so no digit is lost), true and false as boolean, an object as jsonb. With a cast to json or jsonb every
value is sent as JSON; with a cast to an array, a list is sent as an array. For a list without a cast, the server is asked which type it expects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from interlock.json_text import STANDARD_LIMITS, UnreadableValue, check_json, write_json
from interlock.nodes.action_node.sql_query.statement import Cast, Placeholder
from interlock.nodes.errors import FinalError

_UNKNOWN: Final = 0
_BOOLEAN, _BIGINT, _INTEGER, _TEXT, _NUMERIC, _JSONB = 16, 20, 23, 25, 1700, 3802
_ARRAY_OF: Final[Mapping[int, int]] = {_BOOLEAN: 1000, _BIGINT: 1016, _INTEGER: 1007, _TEXT: 1009, _NUMERIC: 1231}
_NAME_OF: Final[Mapping[int, str]] = {
    _UNKNOWN: "unknown",
    _BOOLEAN: "boolean",
    _BIGINT: "bigint",
    _INTEGER: "integer",
    _NUMERIC: "numeric",
    _JSONB: "jsonb",
}
_WIDER: Final = (_INTEGER, _BIGINT, _NUMERIC)


@dataclass(frozen=True, slots=True)
class Bound:
    """A value as it is sent: as PostgreSQL writes it (None: null), and the id of its type (0: the statement decides)."""

    text: str | None
    oid: int = _UNKNOWN

    @property
    def type_name(self) -> str:
        return _NAME_OF[self.oid]


def check_value(name: str, value: Any) -> None:
    """Checks that PostgreSQL can store a value.

    Raises:
        FinalError: `parameter_refused`.
    """
    try:
        check_json(value, STANDARD_LIMITS)
    except UnreadableValue as error:
        message = f"the parameter {name} cannot be bound: {error.sentence}"
        raise FinalError("parameter_refused", message, details={**error.details, "parameter": name}, hint=error.hint) from None


def bind(placeholder: Placeholder, value: Any) -> Bound | None:
    """Returns a value as it is sent; None for a list without a cast, about which the server is asked.

    Raises:
        FinalError: `parameter_refused`, for a list or an object that the cast does not take.
    """
    if value is None:
        return Bound(None)
    if placeholder.cast is Cast.JSON:
        return Bound(_json(value))
    if isinstance(value, list):
        return _bind_list(placeholder, value)
    if isinstance(value, Mapping):
        if placeholder.cast in (Cast.ARRAY, Cast.JSON_ARRAY):
            raise _refused(placeholder.name, "is an object, and is cast to an array", f"write :{placeholder.name}::jsonb")
        return Bound(_json(value), _JSONB)
    return Bound(value) if isinstance(value, str) else Bound(_json(value), _scalar_type(value))


def bind_as(name: str, value: Sequence[Any], type_name: str | None) -> Bound:
    """Binds a list without a cast as the type that the server expects there; None where it does not know.

    Raises:
        FinalError: `parameter_refused`, where neither the server nor the list says which type it is.
    """
    if type_name in ("json", "jsonb"):
        return Bound(_json(value))
    if type_name is not None and type_name.endswith("[]"):
        return Bound(_array(name, value, as_json=type_name in ("json[]", "jsonb[]")))
    element = None if type_name is not None else _common_type(value)
    if element is None:
        wanted = "" if type_name is None else f", and the statement takes {type_name} there"
        hint = f"add a cast to what it is: :{name}::jsonb for JSON, :{name}::text[] (or another type) for an array"
        raise _refused(name, f"is a list without a type{wanted}", hint)
    return Bound(_array(name, value, as_json=False), _ARRAY_OF[element])


def _bind_list(placeholder: Placeholder, value: Sequence[Any]) -> Bound | None:
    if placeholder.cast is Cast.NONE:
        return None
    if placeholder.cast is Cast.VALUE:
        hint = f"write :{placeholder.name}::jsonb for JSON, :{placeholder.name}::text[] (or another type) for an array; a second cast may follow it"
        raise _refused(placeholder.name, "is a list, and is cast to something else", hint)
    return Bound(_array(placeholder.name, value, as_json=placeholder.cast is Cast.JSON_ARRAY))


def _array(name: str, values: Sequence[Any], *, as_json: bool) -> str:
    """Writes an array as PostgreSQL reads it. Lists in it are its further dimensions, or JSON where its elements are."""
    return "{" + ",".join(_elements(name, values, as_json=as_json)) + "}"


def _elements(name: str, values: Sequence[Any], *, as_json: bool) -> Iterator[str]:
    for value in values:
        if value is None:
            yield "NULL"
        elif as_json:
            yield _quoted(_json(value))
        elif isinstance(value, list):
            yield _array(name, value, as_json=False)
        elif isinstance(value, Mapping):
            raise _refused(name, "has an object in it, and is bound as an array", f"write :{name}::jsonb, or :{name}::jsonb[]")
        else:
            yield _quoted(value) if isinstance(value, str) else _json(value)


def _common_type(values: Sequence[Any]) -> int | None:
    """Returns the type of the elements of a list, if they have one: that of the text, number or boolean that needs the widest."""
    found = {_TEXT if isinstance(value, str) else _scalar_type(value) for value in _flat(values) if value is not None}
    if len(found) > 1 and found <= {*_WIDER}:
        found = {max(found, key=_WIDER.index)}
    return found.pop() if len(found) == 1 and found <= _ARRAY_OF.keys() else None


def _flat(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value


def _scalar_type(value: Any) -> int:
    """Returns the type that PostgreSQL gives to the same number or boolean in a statement; jsonb for anything else."""
    if isinstance(value, bool):
        return _BOOLEAN
    if isinstance(value, int):
        return _INTEGER if -(2**31) <= value < 2**31 else _BIGINT if -(2**63) <= value < 2**63 else _NUMERIC
    return _NUMERIC if isinstance(value, float) else _JSONB


def _json(value: Any) -> str:
    return write_json(value).decode()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refused(name: str, reason: str, hint: str) -> FinalError:
    return FinalError("parameter_refused", f"the parameter {name} {reason}", details={"parameter": name}, hint=hint)
