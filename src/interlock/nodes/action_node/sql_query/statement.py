"""Prepares a statement for the driver: `:name` becomes a bound parameter, and no value is ever written into the text.

The scanner knows what PostgreSQL's lexer takes as one piece: strings (E'' and dollar-quoted ones too), quoted names, comments (nested
ones too) and casts.
"""

import re
from dataclasses import dataclass
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
    | (?P<word>[^\W\d][\w$]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_TRANSACTION_WORDS = frozenset({"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare", "copy", "discard"})
_ROW_WORDS = frozenset({"select", "values", "table", "show", "explain", "fetch", "call"})
_MAIN_WORDS = _ROW_WORDS | {"insert", "update", "delete", "merge"}


class StatementRefused(ValueError):
    """The node does not run this text; the message says why."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The text in the style of the driver, the names that it binds, and whether it returns rows."""

    text: str
    names: frozenset[str]
    gives_rows: bool


@lru_cache(maxsize=512)
def read_statement(query: str) -> Statement:
    """Reads one statement.

    Raises:
        StatementRefused: none, more than one, one that steers the transaction, or text with an open quote or comment.
    """
    parts: list[str] = []
    names: set[str] = set()
    words: list[str] = []  # those outside brackets
    position, brackets, is_over = 0, 0, False
    while position < len(query):
        match = _TOKEN.match(query, position)
        assert match is not None  # `other` takes any character
        kind, text = match.lastgroup or "", match.group()
        position = match.end()
        if kind in ("comment", "dollar", "tag"):
            text, position = _whole(query, match, kind)
        if kind in ("line_comment", "comment"):
            parts.append(" ")
            continue
        if text.strip() and is_over:
            raise StatementRefused("there is more than one statement")
        if text == ";":
            is_over = True
            continue
        if kind == "name":
            names.add(match["name"])
            parts.append(f"%({match['name']})s")
            continue
        if kind == "other" and text in "'\"":
            raise StatementRefused(f"a {text} is not closed")
        brackets += (text == "(") - (text == ")")
        if kind == "word" and brackets == 0:
            words.append(text.lower())
        parts.append(text.replace("%", "%%"))
    return Statement("".join(parts).strip(), frozenset(names), _gives_rows(words))


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


def _gives_rows(words: list[str]) -> bool:
    if not words:
        raise StatementRefused("there is no statement")
    if words[0] in _TRANSACTION_WORDS:
        raise StatementRefused(f"{words[0].upper()} is not run here: every query is a transaction of its own")
    main = next((word for word in words if word in _MAIN_WORDS), words[0]) if words[0] == "with" else words[0]
    return main in _ROW_WORDS or "returning" in words
