"""Prepares a statement for the driver: `:name` becomes a numbered parameter, and no value is ever written into the text.

The scanner knows what PostgreSQL's lexer takes as one piece: strings (E'' and dollar-quoted ones too), quoted names, comments (nested
ones too) and casts. It notes the cast of each parameter, because a list is bound as an array or as JSON by its cast.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      (?P<line_comment>--[^\n]*)
    | (?P<comment>/\*)
    | (?P<escaped>\b[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<dollar>\$(?P<tag>[A-Za-z_\u0080-\uffff][\w]*)?\$)
    | (?P<cast>::|:=)
    | :(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>\$[0-9]+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_TRANSACTION_WORDS = frozenset({"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare", "copy", "discard"})
_ROW_WORDS = frozenset({"select", "values", "table", "show", "explain", "fetch", "call"})
_MAIN_WORDS = _ROW_WORDS | {"insert", "update", "delete", "merge"}
_LATER_WORDS_OF_TYPES = frozenset(
    {"precision", "varying", "with", "without", "time", "zone", "local", "to", "year", "month", "day", "hour", "minute", "second"}
)

_LONGEST_TYPE = 32
"""How many pieces after the name of a type are looked at; `timestamp(3) without time zone` has six."""


class StatementRefused(ValueError):
    """The node does not run this text; the message says why."""


class Cast(StrEnum):
    """What a parameter is cast to in the statement."""

    NONE = "none"
    VALUE = "value"
    ARRAY = "array"
    JSON = "json"
    JSON_ARRAY = "json_array"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A parameter at the places where it has one cast. The same name with another cast is another placeholder."""

    name: str
    cast: Cast


@dataclass(frozen=True, slots=True)
class Statement:
    """The text with `$1`, `$2`, …, what these stand for, and whether it returns rows."""

    text: str
    placeholders: tuple[Placeholder, ...]
    gives_rows: bool

    @property
    def names(self) -> frozenset[str]:
        return frozenset(placeholder.name for placeholder in self.placeholders)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@lru_cache(maxsize=512)
def read_statement(query: str) -> Statement:
    """Reads one statement.

    Raises:
        StatementRefused: none, more than one, one that steers the transaction or numbers its parameters, or text with an open quote or comment.
    """
    tokens = _scan(query)
    placeholders: dict[Placeholder, int] = {}
    parts = []
    for position, token in enumerate(tokens):
        if token.kind == "name":
            placeholder = Placeholder(token.text, _cast_at(tokens, position))
            parts.append(f"${placeholders.setdefault(placeholder, len(placeholders) + 1)}")
        else:
            parts.append(token.text)
    return Statement("".join(parts).strip(), tuple(placeholders), _gives_rows(_words_outside_brackets(tokens)))


def _scan(query: str) -> list[_Token]:
    """Returns the pieces of one statement. Comments are spaces, and what ends it is left out."""
    tokens: list[_Token] = []
    position, is_over = 0, False
    while position < len(query):
        match = _TOKEN.match(query, position)
        assert match is not None  # `other` takes any character
        kind, text = match.lastgroup or "", match.group()
        position = match.end()
        if kind in ("comment", "dollar", "tag"):
            text, position = _whole(query, match, kind)
        if kind in ("line_comment", "comment"):
            tokens.append(_Token("other", " "))
            continue
        if text.strip() and is_over:
            raise StatementRefused("there is more than one statement")
        if text == ";":
            is_over = True
            continue
        if kind == "other" and text in "'\"":
            raise StatementRefused(f"a {text} is not closed")
        if kind == "number":
            raise StatementRefused(f"{text} is not bound: write a name, as in :id")
        tokens.append(_Token(kind, match["name"] if kind == "name" else text))
    return tokens


def _whole(query: str, match: re.Match[str], kind: str) -> tuple[str, int]:
    """Returns a comment or a dollar-quoted string with its end, and the position after it."""
    if kind == "comment":
        depth, position = 1, match.end()
        while depth:
            edge = _COMMENT_EDGE.search(query, position)
            if edge is None:
                raise StatementRefused("a /* is not closed")
            depth += 1 if edge.group() == "/*" else -1
            position = edge.end()
        return " ", position
    end = query.find(match.group(), match.end())
    if end < 0:
        raise StatementRefused(f"a {match.group()} is not closed")
    position = end + len(match.group())
    return query[match.start() : position], position


def _words_outside_brackets(tokens: Sequence[_Token]) -> list[str]:
    words, brackets = [], 0
    for token in tokens:
        brackets += (token.text == "(") - (token.text == ")")
        if token.kind == "word" and brackets == 0:
            words.append(token.text.lower())
    return words


def _gives_rows(words: list[str]) -> bool:
    if not words:
        raise StatementRefused("there is no statement")
    if words[0] in _TRANSACTION_WORDS:
        raise StatementRefused(f"{words[0].upper()} is not run here: every query is a transaction of its own")
    main = next((word for word in words if word in _MAIN_WORDS), words[0]) if words[0] == "with" else words[0]
    return main in _ROW_WORDS or "returning" in words


def _cast_at(tokens: Sequence[_Token], position: int) -> Cast:
    """Returns the cast of the parameter at a position: `:name::type` or `cast(:name as type)`."""
    after = _next(tokens, position)
    if after is None:
        return Cast.NONE
    if tokens[after].text == "::":
        return _type_at(tokens, _next(tokens, after))
    bracket = _next(tokens, position, -1)
    word = None if bracket is None or tokens[bracket].text != "(" else _next(tokens, bracket, -1)
    if word is not None and tokens[word].text.lower() == "cast" and tokens[after].text.lower() == "as":
        return _type_at(tokens, _next(tokens, after))
    return Cast.NONE


def _type_at(tokens: Sequence[_Token], position: int | None) -> Cast:
    """Returns the kind of the type whose name begins at a position."""
    name = ""
    while position is not None and tokens[position].kind in ("word", "quoted"):
        name = tokens[position].text.lower().strip('"')
        position = _next(tokens, position)
        if position is None or tokens[position].text != ".":
            break
        position = _next(tokens, position)
    depth = 0
    for _ in range(_LONGEST_TYPE):
        if position is None:
            break
        text = tokens[position].text.lower()
        depth += (text == "(") - (text == ")")
        if depth < 0 or (depth == 0 and text != ")" and text not in _LATER_WORDS_OF_TYPES):
            break
        position = _next(tokens, position)
    is_array = name.startswith("_") or (position is not None and tokens[position].text.lower() in ("[", "array"))
    if name.removeprefix("_") in ("json", "jsonb"):
        return Cast.JSON_ARRAY if is_array else Cast.JSON
    return Cast.ARRAY if is_array else Cast.VALUE


def _next(tokens: Sequence[_Token], position: int, step: int = 1) -> int | None:
    """Returns the position of the next piece that is not space, or None."""
    position += step
    while 0 <= position < len(tokens):
        if not tokens[position].text.isspace():
            return position
        position += step
    return None
