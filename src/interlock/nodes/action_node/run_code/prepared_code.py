"""Makes the text that the interpreter gets: the code, with a name for its value.

The interpreter gives its values as Python values, and what has no counterpart (a function, a list that holds itself) as the text that `repr` gives of
it, like any other text. So the value is kept under a name, and the interpreter itself is asked whether it is data. All added text stands after the
code or on its last line: the numbers of lines are those of the author.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from interlock.json_text import UnreadableValue
from interlock.json_text.pointer import json_pointer

VALUE: Final = "_interlock_value"
_IO: Final = "_interlock_io"
_OUTPUT: Final = re.compile(r"\boutput\b")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")

_NAMES: Final = "type, isinstance, id, str, dict, list, tuple, len, range"
# Fed before the code, which may then use these names for its own.
_BUILT_IN: Final = f"_interlock_names = ({_NAMES})"
# Returns the first thing in a value that is not data, as its path and what it is; None if all is.
_FINDER: Final = f"""
def _interlock_find(root):
    {_NAMES} = _interlock_names
    from collections import deque
    plain = ('str', 'int', 'float', 'bool', 'NoneType', 'date', 'datetime', 'time', 'timedelta', 'Decimal', 'bytes')
    around = []
    open_ones = [(None, root, ())]
    while open_ones:
        owner, value, path = open_ones.pop()
        while around and around[-1] != owner:
            around.pop()
        if isinstance(value, dict):
            inner = list(value.items())
        elif isinstance(value, (list, tuple, deque)):
            inner = [(position, value[position]) for position in range(len(value))]
        elif type(value).__name__ in plain:
            continue
        else:
            return [list(path), 'value', type(value).__name__]
        if id(value) in around:
            return [list(path), 'cycle', type(value).__name__]
        if len(path) > 200:
            continue
        around.append(id(value))
        for key, item in inner[::-1]:
            if isinstance(value, dict) and not isinstance(key, str):
                return [list(path), 'key', type(key).__name__]
            open_ones.append((id(value), item, path + (key,)))
    return None
"""
# A dump is the quick test: it fails for whatever is not JSON, and for some things that are data all the same, such as dates.
_TAIL: Final = f"""
import json as _interlock_json
_interlock_json.dumps({VALUE}) and None
{VALUE}"""
FIND: Final = f"{_FINDER}\n_interlock_find({VALUE})"

_STRING_IO: Final = """
class StringIO:
    def __init__(self, initial_value='', newline='\\n'):
        self.closed = False
        self._text = initial_value or ''
        self._added = []
        self._position = 0  # None: at the end

    def _whole(self):
        if self.closed:
            raise ValueError('I/O operation on closed file.')
        if self._added:
            self._text += ''.join(self._added)
            self._added = []
        return self._text

    def write(self, text, *, len=len, isinstance=isinstance, str=str, type=type):
        if not isinstance(text, str):
            raise TypeError(f"string argument expected, got '{type(text).__name__}'")
        if self._position is None and not self.closed:
            self._added.append(text)
            return len(text)
        whole = self._whole()
        end = self._position + len(text)
        whole += '\\0' * (self._position - len(whole))
        self._text = whole[: self._position] + text + whole[end:]
        self._position = end if end < len(whole) else None
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def getvalue(self):
        return self._whole()

    def tell(self, *, len=len):
        whole = self._whole()
        return len(whole) if self._position is None else self._position

    def seek(self, offset, whence=0, *, len=len):
        whole = self._whole()
        self._position = len(whole) if whence == 2 else self.tell() if whence == 1 else offset
        return self._position

    def read(self, size=-1, *, len=len):
        whole, start = self._whole(), self.tell()
        end = len(whole) if size is None or size < 0 else start + size
        self._position = end if end < len(whole) else None
        return whole[start:end]

    def readline(self, *, len=len):
        whole, start = self._whole(), self.tell()
        end = whole.find('\\n', start) + 1
        return self.read((end or len(whole)) - start) if start < len(whole) else ''

    def readlines(self):
        lines = []
        while True:
            line = self.readline()
            if not line:
                return lines
            lines.append(line)

    def __iter__(self, *, iter=iter):
        return iter(self.readlines())

    def truncate(self, size=None):
        whole, self._position = self._whole(), self.tell()
        end = self._position if size is None else size
        self._text = whole[:end]
        return end

    def flush(self):
        pass

    def close(self):
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.closed = True


class _interlock_io:
    pass


_interlock_io.StringIO = StringIO
StringIO = None
"""

_HINTS: Final = {
    **dict.fromkeys(("function", "builtin_function_or_method", "method"), "Call it: the brackets after its name may be missing."),
    **dict.fromkeys(("dict_keys", "dict_values", "dict_items", "range", "set", "frozenset", "list_iterator"), "Make a list of it, with list()."),
    **dict.fromkeys(("coroutine",), "Write `await` before the call."),
    **dict.fromkeys(("Match",), "Take a group of it, for example match[0]."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCode:
    """What to feed to the interpreter.

    Attributes:
        before: a program to run first; it defines what the code and its end use.
        text: the code and its end. Its last expression is the value of the code.
        line_count: how many lines of the text are of the code.
    """

    before: str
    text: str
    line_count: int


@lru_cache(maxsize=64)
def prepare_code(code: str) -> PreparedCode:
    """Returns the code with a name for its value: its last expression, else its variable `output`, else None.

    `import io` becomes a module that has `StringIO` alone, because the interpreter does not have it.

    Raises:
        SyntaxError: it is not Python.
    """
    tree = ast.parse(code)
    data = code.encode()
    starts = [0, *(found.end() for found in _LINE_END.finditer(data))]
    insertions = sorted(_insertions(tree, starts), reverse=True)
    for start, end, text in insertions:
        data = data[:start] + text.encode() + data[end:]
    uses_io = any(_IO in text for _, _, text in insertions)
    last = tree.body[-1] if tree.body else None
    value = "" if isinstance(last, ast.Expr) else f"\n{VALUE} = None"
    output = f"\nif {VALUE} is None:\n    {VALUE} = output" if _OUTPUT.search(code) else ""
    return PreparedCode(
        before=_BUILT_IN + (_STRING_IO if uses_io else ""),
        text=data.decode() + value + output + _TAIL,
        line_count=len(starts),
    )


def no_data(path: list[str | int], kind: str, name: str) -> UnreadableValue:
    """Returns the error for what the interpreter found in the value of a program: the path, whether it is a value, a key or a cycle, and its type."""
    place = json_pointer(path)
    if kind == "cycle":
        return UnreadableValue("bad_value", f"The {name} holds itself, so it has no end.", "Leave it out where it is inside itself.", place)
    if kind == "key":
        return UnreadableValue("bad_key", f"A key is of the type {name}; keys are text.", "Make text of it, for example with str().", place)
    hint = _HINTS.get(name, "Give text, numbers, true, false, null, lists, or dicts with text keys.")
    return UnreadableValue("bad_value", f"A value of the type {name} is not JSON.", hint, place)


def _insertions(tree: ast.Module, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """Yields what to put in place of which bytes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and (text := _import_of_io(node)) is not None:
            yield (*_span(node, starts), text)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        start, end = _span(tree.body[-1], starts)
        yield start, start, f"{VALUE} = ("
        yield end, end, ")"


def _import_of_io(node: ast.Import | ast.ImportFrom) -> str | None:
    """Returns what stands for an import of `io`, in as many lines; None for any other import."""
    if isinstance(node, ast.ImportFrom):
        if node.module != "io" or node.level or any(alias.name != "StringIO" for alias in node.names):
            return None
        parts = [f"{alias.asname or alias.name} = {_IO}.StringIO" for alias in node.names]
    elif any(alias.name == "io" for alias in node.names):
        parts = [
            f"{alias.asname or alias.name} = {_IO}"
            if alias.name == "io"
            else f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            for alias in node.names
        ]
    else:
        return None
    more_lines = (node.end_lineno or node.lineno) - node.lineno
    return "; ".join(parts) + "; (" * bool(more_lines) + "\n" * more_lines + ")" * bool(more_lines)


def _span(node: ast.stmt, starts: list[int]) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
