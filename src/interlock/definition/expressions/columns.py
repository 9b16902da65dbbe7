"""Where each part of an expression stands in the text that its author wrote."""

import ast
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final

_NEW_LINE: Final = re.compile(r"\r\n|\r|\n")
_BEFORE_OPERATOR: Final = re.compile(r"(?:[\s)\\]|#[^\n\r]*)*")
"""What can stand between an operand and the operator behind it."""


class Columns:
    """Finds the columns of parts of a syntax tree. A column counts characters of the whole source, from 1, line breaks included.

    Args:
        source: what the author wrote.
        parsed: what was parsed: pieces of the source with brackets around them.
        pieces: where each piece begins, in what was parsed and in the source, in this order.
    """

    def __init__(self, source: str, parsed: str, pieces: Sequence[tuple[int, int]]) -> None:
        self._source = source
        self._parsed = parsed
        self._starts = [start for start, _ in pieces]
        self._origins = [origin for _, origin in pieces]

    def at(self, line: int, offset: int) -> int:
        """Returns the column of the character `offset` (from 0) in a line (from 1) of what was parsed."""
        return self._column(self._lines[min(line, len(self._lines)) - 1] + offset)

    def of(self, node: ast.expr | ast.Slice) -> int:
        """Returns the column at which an error of this part is shown: at the key of `a.key`, at the operator of `a + b`, else at its start."""
        if isinstance(node, ast.Attribute):
            return self._column(self._name_start(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return self.of(node.func)
        if isinstance(node, ast.Subscript):
            return self.start_of(node.slice)
        if isinstance(node, ast.BinOp):
            return self.between(node.left)
        if isinstance(node, ast.Compare):
            return self.between(node.left)
        return self.start_of(node)

    def start_of(self, node: ast.expr | ast.Slice) -> int:
        """Returns the column at which a part begins."""
        return self._column(self._index(node.lineno, node.col_offset))

    def between(self, left: ast.expr) -> int:
        """Returns the column of the operator behind an operand."""
        end = self._end(left)
        found = _BEFORE_OPERATOR.match(self._parsed, end)
        return self._column(end if found is None else found.end())

    def _name_start(self, node: ast.Attribute) -> int:
        start = end = self._end(node)
        while start > 0 and f"a{self._parsed[start - 1]}".isidentifier():
            start -= 1
        return start if start < end else self._index(node.lineno, node.col_offset)

    def _end(self, node: ast.expr) -> int:
        return self._index(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def _index(self, line: int, offset: int) -> int:
        """Returns the position of a place that Python names by its line and by bytes of UTF-8."""
        start = self._lines[line - 1]
        if self._parsed.isascii():
            return start + offset
        position, count = start, 0
        while count < offset and position < len(self._parsed):
            count += len(self._parsed[position].encode())
            position += 1
        return position

    def _column(self, position: int) -> int:
        piece = max(0, bisect_right(self._starts, position) - 1)
        origin = self._origins[piece] + max(0, position - self._starts[piece])
        return min(origin, len(self._source.rstrip())) + 1

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line of what was parsed begins."""
        return [0, *(found.end() for found in _NEW_LINE.finditer(self._parsed))]
