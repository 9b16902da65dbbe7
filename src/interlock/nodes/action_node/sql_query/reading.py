"""Reads columns as JSON: each type has one form, and a value that does not fit it is an error that names the column, never another form.

`docs/reference/sql-types.md` is the table of the types.
"""

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from interlock.json_text import UnreadableValue, read_json
from interlock.nodes.errors import FinalError

Reader: TypeAlias = Callable[[str], Any]

TYPES_OF: Final = b"""
with recursive wanted as (
    select t.* from pg_catalog.pg_type t where t.oid = any ($1::oid[])
    union
    select t.* from wanted w join pg_catalog.pg_type t on t.oid in (w.typelem, w.typbasetype)
)
select w.oid, w.typname, w.typtype, w.typbasetype,
    (select e.oid from pg_catalog.pg_type e where e.oid = w.typelem and e.typarray = w.oid),
    (select e.typdelim from pg_catalog.pg_type e where e.oid = w.typelem)
from wanted w
"""
_FIRST_OWN_TYPE: Final = 16_384
"""Ids below it belong to PostgreSQL itself."""
_TIME: Final = re.compile(r"(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d(?::\d\d){0,2})?((?: BC)?)")
_NO_NUMBERS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_ARRAY_PIECE: Final = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>(?:[^{}",;\\]|\\.)+)|(?P<mark>[{},;])', re.DOTALL)
_LONG_NUMBER: Final = re.compile(r"[0-9.]{17}|[0-9][eE]")
"""Occurs in every JSON text that has a number with more digits than a float keeps."""


class _NotKept(ValueError):
    """JSON cannot hold the value. The message says what it is, and the hint what to select instead of the column `{}`."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlType:
    """A type of a database.

    Attributes:
        kind: `e` for an enumeration, `d` for a domain, `c` for rows, and so on, as in pg_type.
        base: what a domain is made of.
        element: what an array is made of; None: it is no array.
    """

    name: str
    kind: str = "b"
    base: int = 0
    element: int | None = None
    delimiter: str = ","

    @classmethod
    def of_row(cls, row: Sequence[bytes | None]) -> tuple[int, "SqlType"]:
        """Returns a type, with its id, from a row of `TYPES_OF`."""
        oid, name, kind, base, element, delimiter = (None if value is None else value.decode() for value in row)
        return int(oid or 0), cls(
            name=name or "", kind=kind or "b", base=int(base or 0), element=None if element is None else int(element), delimiter=delimiter or ","
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result."""

    name: str
    oid: int


def check_names(columns: Sequence[Column]) -> None:
    """Raises FinalError `column_doubled` if two columns have one name."""
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            message = f"two columns of the result have the name {column.name!r}"
            raise FinalError("column_doubled", message, details={"column": column.name}, hint="give one of them another name with `as`")
        seen.add(column.name)


def unknown_types(columns: Iterable[Column]) -> list[int]:
    """Returns the ids of the types about which the server has to be asked, because databases define them or because they are arrays."""
    return sorted({column.oid for column in columns if column.oid not in _READERS and _type_of_postgresql(column.oid) is None})


def _type_of_postgresql(oid: int) -> SqlType | None:
    """Returns a type that every database has, if it is one that the driver lists."""
    from psycopg.postgres import types

    info = types.get(oid) if oid < _FIRST_OWN_TYPE else None
    if info is None:
        return None
    return SqlType(name=f"{info.name}[]", element=info.oid, delimiter=info.delimiter) if oid == info.array_oid else SqlType(name=info.name)


class RowReader:
    """Reads the rows of one result.

    Args:
        types: the types that `unknown_types` named, and what these are made of.
    """

    def __init__(self, columns: Sequence[Column], types: Mapping[int, SqlType]) -> None:
        self._columns = columns
        self._types = types
        self._readers = [self._reader_of(column.oid) for column in columns]

    def read(self, row: Sequence[bytes | None], number: int) -> dict[str, Any]:
        """Returns a row as an object.

        Raises:
            FinalError: `column_unreadable`, with the name of the column; the value is not shown.
        """
        return {
            column.name: None if value is None else self._value(column, reader, value, number)
            for column, reader, value in zip(self._columns, self._readers, row, strict=True)
        }

    def _value(self, column: Column, reader: Reader, value: bytes, number: int) -> Any:
        try:
            return reader(value.decode())
        except _NotKept as refusal:
            reason, hint = str(refusal), refusal.hint
        except UnicodeDecodeError:
            reason, hint = "is not text in UTF-8", "{}::bytea"
        except UnreadableValue as refusal:
            reason, hint = f"is JSON that cannot be kept: {refusal.sentence}", "{}::text"
        known = self._type_of(column.oid)
        kind = _NAMES.get(column.oid) or (known.name if known else str(column.oid))
        raise FinalError(
            "column_unreadable",
            f"the column {column.name!r} ({kind}) of row {number} {reason}",
            details={"column": column.name, "type": kind, "row": number},
            hint=f"select {hint.replace('{}', _identifier(column.name))} in its place",
        )

    def _reader_of(self, oid: int) -> Reader:
        if oid in _READERS:
            return _READERS[oid]
        kind = self._type_of(oid)
        if kind is None:
            return str
        if kind.kind == "d":
            return self._reader_of(kind.base)
        if kind.element is not None:
            element, delimiter = self._reader_of(kind.element), kind.delimiter
            return lambda text: _read_array(text, element, delimiter)
        return _refuse_row if kind.kind == "c" else str

    def _type_of(self, oid: int) -> SqlType | None:
        return self._types.get(oid) or _type_of_postgresql(oid)


def _identifier(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _read_boolean(text: str) -> bool:
    return text == "t"


def _read_whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _NotKept("has more digits than a whole number may have", "{}::text") from None


def _read_float(text: str) -> float:
    if text in _NO_NUMBERS:
        raise _NotKept(f"is {text}, which is no number in JSON", f"nullif({{}}, '{text}'), or {{}}::text")
    return float(text)


def _read_numeric(text: str) -> int | float:
    """A whole number where it is written without a fraction, else the float that is exactly it."""
    if "." not in text and text.lstrip("-").isdecimal():
        return _read_whole(text)
    number = _read_float(text)
    if math.isfinite(number) and Decimal(repr(number)) == Decimal(text):
        return number
    if not text.partition(".")[2].strip("0"):
        return _read_whole(text.partition(".")[0])
    raise _NotKept("has more digits than a float keeps", "round({}, 6), {}::float8 or {}::text")


def _read_json(text: str) -> Any:
    value = read_json(text)
    if _LONG_NUMBER.search(text):
        json.loads(text, parse_float=_check_digits, parse_int=str)
    return value


def _check_digits(text: str) -> None:
    if Decimal(repr(float(text))) != Decimal(text):
        raise _NotKept("holds a number with more digits than a float keeps", "{}::text")


def _read_bytes(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text.removeprefix("\\x"))).decode()


def _read_moment(text: str) -> str:
    """ISO 8601, with Z for UTC. What ISO 8601 does not have (infinity, years before Christ) stays as PostgreSQL writes it."""
    match = _TIME.fullmatch(text)
    if match is None or match[4]:
        return text
    zone = match[3] or ""
    return f"{match[1]}T{match[2]}{'Z' if zone == '+00' else zone + ':00' * (len(zone) == 3)}"


def _read_vector(text: str) -> list[int]:
    return [int(part) for part in text.split()]


def _read_nothing(_: str) -> None:
    return None


def _refuse_row(_: str) -> Any:
    raise _NotKept("is a row inside a column", "to_jsonb({})")


def _read_array(text: str, read: Reader, delimiter: str) -> list[Any]:
    if not text.startswith("{"):
        raise _NotKept("is an array whose first element does not have the number 1", "to_jsonb({})")
    whole: list[Any] = []
    open_lists = [whole]
    for piece in _ARRAY_PIECE.finditer(text):
        if piece["mark"] == "{":
            inner: list[Any] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
        elif piece["mark"] == "}":
            open_lists.pop()
        elif piece["mark"] is not None and piece["mark"] != delimiter:
            raise _NotKept("is an array that cannot be read", "to_jsonb({})")
        elif piece["quoted"] is not None:
            open_lists[-1].append(read(re.sub(r"\\(.)", r"\1", piece["quoted"], flags=re.DOTALL)))
        elif piece["plain"] is not None:
            open_lists[-1].append(None if piece["plain"] == "NULL" else read(re.sub(r"\\(.)", r"\1", piece["plain"])))
    result: list[Any] = whole[0]
    return result


# The types of PostgreSQL itself. Any other is an array, a row or a domain, or is given as the text that PostgreSQL writes.
_NAMED: Final[tuple[tuple[str, int, Reader], ...]] = (
    ("boolean", 16, _read_boolean),
    ("bytea", 17, _read_bytes),
    ("bigint", 20, _read_whole),
    ("smallint", 21, _read_whole),
    ("int2vector", 22, _read_vector),
    ("integer", 23, _read_whole),
    ("text", 25, str),
    ("oid", 26, _read_whole),
    ("xid", 28, _read_whole),
    ("cid", 29, _read_whole),
    ("oidvector", 30, _read_vector),
    ("json", 114, _read_json),
    ("real", 700, _read_float),
    ("double precision", 701, _read_float),
    ("character", 1042, str),
    ("character varying", 1043, str),
    ("date", 1082, str),
    ("time", 1083, str),
    ("timestamp", 1114, _read_moment),
    ("timestamp with time zone", 1184, _read_moment),
    ("interval", 1186, str),
    ("time with time zone", 1266, str),
    ("numeric", 1700, _read_numeric),
    ("record", 2249, _refuse_row),
    ("record[]", 2287, _refuse_row),
    ("void", 2278, _read_nothing),
    ("uuid", 2950, str),
    ("jsonb", 3802, _read_json),
    ("xid8", 5069, _read_whole),
)
_READERS: Final[Mapping[int, Reader]] = {oid: reader for _, oid, reader in _NAMED}
_NAMES: Final[Mapping[int, str]] = {oid: name for name, oid, _ in _NAMED}
