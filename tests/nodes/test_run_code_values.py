"""What RUN_CODE gives: data or an error that says why not, and what the sandbox has of the standard library."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from interlock.nodes.action_node.run_code.executor import RunCode
from interlock.nodes.action_node.run_code.failures import COLLECTIONS, CSV, MODULES
from interlock.nodes.action_node.run_code.sandbox import Sandbox
from tests.nodes.running_code import failure, run


@pytest.fixture
async def executor() -> AsyncIterator[RunCode]:
    made = RunCode(sandbox=Sandbox(processes=1))
    yield made
    await made.close()


NO_DATA = [
    ("def f():\n    return 1\nf", "function"),
    ("lambda x: x", "function"),
    ("len", "builtin_function_or_method"),
    ("class A:\n    def f(self):\n        pass\nA().f", "function"),
    ("class A:\n    pass\nA()", "A"),
    ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nP(1)", "P"),
    ("int", "type"),
    ("import math\nmath", "module"),
    ("range(3)", "range"),
    ("slice(1, 2)", "slice"),
    ("{'a': 1}.keys()", "dict_keys"),
    ("{'a': 1}.items()", "dict_items"),
    ("iter([1])", "list_iterator"),
    ("import re\nre.compile('a')", "Pattern"),
    ("import re\nre.match('a', 'a')", "Match"),
    ("import functools\nfunctools.partial(len)", "partial"),
    ("import hashlib\nhashlib.sha256(b'a')", "HASH"),
    ("from pathlib import Path\nPath('/a')", "PosixPath"),
    ("async def f():\n    return 1\nf()", "coroutine"),
    ("ValueError('x')", "ValueError"),
    ("1j", "complex"),
    ("{1, 2}", "set"),
    ("a = []\na.append(a)\na", "list"),
    ("d = {}\nd['a'] = d\nd", "dict"),
    ("a = []\nt = (a,)\na.append(t)\nt", "tuple"),
    ("from collections import deque\nd = deque()\nd.append(d)\nd", "deque"),
]


@pytest.mark.parametrize(("code", "name"), NO_DATA)
async def test_a_value_that_is_no_data_is_an_error_and_never_its_printed_form(executor: RunCode, code: str, name: str) -> None:
    error = await failure(executor, code)
    assert error.code == "code_output"
    assert name in error.message
    assert error.hint


@pytest.mark.parametrize(("code", "name"), NO_DATA)
async def test_a_value_that_is_no_data_is_found_inside_others(executor: RunCode, code: str, name: str) -> None:
    """Beside dates, which the quick test of the sandbox does not know either, and where the code has used the names of types for its own."""
    lines = code.split("\n")
    own = [] if "len" in code else ["type = len = id = dict = list = isinstance = 3"]
    deep = "output = {'when': datetime.date(2026, 1, 2), 'a/b': [1, {'c': (2, x)}]}"
    error = await failure(executor, "\n".join([*lines[:-1], "import datetime", *own, f"x = {lines[-1]}", deep]))
    assert error.code == "code_output"
    assert error.details["place"].startswith("/a~1b/1/c/1")
    assert name in error.message


async def test_a_key_that_is_no_text_is_an_error(executor: RunCode) -> None:
    for key in ("len", "1", "(1, 2)", "None"):
        error = await failure(executor, f"{{'a': {{{key}: 1}}}}")
        assert (error.code, error.details["place"], error.details["reason"]) == ("code_output", "/a", "bad_key")


@pytest.mark.parametrize("number", ["Decimal('NaN')", "Decimal('Infinity')", "Decimal('-Infinity')", "float('nan')", "float('-inf')"])
async def test_a_number_that_is_not_finite_is_an_error_whatever_its_type(executor: RunCode, number: str) -> None:
    error = await failure(executor, f"from decimal import Decimal\n{{'a': [1, {number}]}}")
    assert (error.code, error.details["place"], error.details["reason"]) == ("code_output", "/a/1", "bad_number")


@pytest.mark.parametrize(
    "text", ["<function 'f' at 0x10>", "[...]", "{...}", "range(0, 3)", "dict_keys(['a'])", "<class 'A'>", "re.compile('a')", "typing.List"]
)
async def test_a_text_that_looks_like_a_printed_form_is_text(executor: RunCode, text: str) -> None:
    assert await run(executor, "{'t': t}", values={"t": text}) == {"t": text}
    assert await run(executor, "from datetime import date\n[t, date(2026, 1, 2)]", values={"t": text}) == {"value": [text, "2026-01-02"]}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("a = [1]\n[a, a]", [[1], [1]]),
        (
            "from datetime import datetime, timedelta, timezone\n[datetime(2026, 1, 2, tzinfo=timezone.utc), timedelta(1)]",
            ["2026-01-02T00:00:00+00:00", 86400.0],
        ),
        ("from decimal import Decimal\n[Decimal('1.5'), Decimal('0.1000000000000000000001')]", [1.5, "0.1000000000000000000001"]),
        ("b'ab'", "YWI="),
        ("'a', 1", ["a", 1]),
        ("(\n  1,\n  2,\n)", [1, 2]),
        ("x = 1; (x\n); # the end", 1),
        ("(y := 5)", 5),
        ("'ä'; 'ü' + 'ä'  # ö", "üä"),
        ("async def f():\n    return 3\nawait f()", 3),
        ("if True:\n    5", None),
        ("outputs = 3\nNone", None),
        ("output = 2\nNone", 2),
        ("1\r\n2\r\n", 2),
        ('"""a\nb"""', "a\nb"),
    ],
)  # fmt: skip
async def test_every_form_of_a_last_expression_is_the_value(executor: RunCode, code: str, value: Any) -> None:
    assert await run(executor, code) == {"value": value}


async def test_a_value_that_grows_by_sharing_is_ended_by_the_limits(executor: RunCode) -> None:
    error = await failure(executor, "x = ['a']\nfor _ in range(40):\n    x = [x, x]\nx", timeout_seconds=2, memory_mb=32)
    assert error.code in {"code_memory", "code_timeout"}
    assert await run(executor, "1") == {"value": 1}


@pytest.mark.parametrize(
    ("code", "name", "line"),
    [
        ("1\nraise SystemExit", "SystemExit", 2),
        ("1\n2\nraise SystemExit(3)", "SystemExit", 3),
        ("raise SystemExit('done')", "SystemExit: done", 1),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", 1),
        ("exit()", "exit", 1),
        ("quit(1)", "quit", 1),
        ("import sys\nsys.exit(0)", "sys.exit", 2),
        ("import os\nos._exit(1)", "os._exit", 2),
        ("import os\nos.abort()", "os.abort", 2),
    ],
)
async def test_code_that_tries_to_end_the_process_is_told_how_a_node_ends(executor: RunCode, code: str, name: str, line: int) -> None:
    error = await failure(executor, code)
    assert (error.code, error.details["line"]) == ("code_failed", line)
    assert error.message.startswith(f"the code tried to end the process with {name}")
    assert error.hint is not None
    assert "last expression" in error.hint
    assert await run(executor, "1") == {"value": 1}


async def test_what_the_sandbox_does_not_have_is_said_in_plain_words(executor: RunCode) -> None:
    error = await failure(executor, "x = 1\nraise ValueError('a', x)")
    assert (error.details["line"], error.details["exception"]) == (2, "ValueError")
    assert "take one text" in error.message
    error = await failure(executor, "class A:\n    pass\nclass B(A):\n    pass")
    assert (error.code, error.message) == ("code_syntax", "line 3: the sandbox's Python does not have class inheritance and metaclasses")
    for code, hint in (
        ("import numpy", "the sandbox has asyncio, base64"),
        ("from collections import OrderedDict", "of collections the sandbox has Counter"),
        ("import csv\ncsv.Sniffer", "of csv the sandbox has DictReader"),
        ("from io import BytesIO", "of io the sandbox has StringIO"),
    ):
        error = await failure(executor, code)
        assert error.hint is not None
        assert hint in error.hint, error.hint


async def test_the_traceback_has_the_lines_as_they_were_written(executor: RunCode) -> None:
    error = await failure(executor, "def f(x):\n    return 1 / x\n\nf(\n  0)  # here")
    assert error.details["traceback"] == (
        "Traceback (most recent call last):\n  line 4, in <module>\n    f(\n  line 2, in f\n    return 1 / x\nZeroDivisionError: division by zero"
    )
    assert error.details["line"] == 2
    error = await failure(executor, "import io\ns = io.StringIO()\ns.write(5)")
    assert (error.details["line"], error.message) == (3, "TypeError: string argument expected, got 'int'")


async def test_every_module_that_is_named_can_be_imported(executor: RunCode) -> None:
    for module in MODULES:
        assert await run(executor, f"import {module}\n1") == {"value": 1}
        assert module in (RunCode.__doc__ or "")
    for module, names in (("collections", COLLECTIONS), ("csv", CSV)):
        assert await run(executor, f"from {module} import {', '.join(names)}\n1") == {"value": 1}
        assert all(name in (RunCode.__doc__ or "") for name in names)


TABLE = 'name,price\n"tea, green",4\npen,1.5\n'
WRITER = """
import csv
from io import (
    StringIO as Text,
)
f = Text(newline='')
csv.writer(f).writerows([['a', 'b,c'], [1, None]])
f.getvalue()
"""
DICT_WRITER = """
import csv
def write(rows):
    import io
    with io.StringIO() as f:
        w = csv.DictWriter(f, ['a'])
        w.writeheader()
        w.writerows(rows)
        return f.getvalue()
write([{'a': 1}])
"""
OVERWRITING = """
import io
f = io.StringIO('abc')
f.write('x')
f.seek(0, 2)
f.write('y')
f.writelines(['1', '2'])
[f.getvalue(), f.tell()]
"""
TRUNCATING = """
import io
f = io.StringIO()
f.write('abc')
f.seek(0)
f.truncate()
f.write('d')
[f.getvalue(), [line for line in f], f.read(1)]
"""
CLOSED = """
import io
f = io.StringIO()
f.close()
try:
    f.write('a')
except ValueError as error:
    output = f.closed
"""
QUEUE = """
from collections import deque, namedtuple
P = namedtuple('P', 'x y')
q = deque([P(1, 2)], maxlen=2)
q.appendleft(3)
q
"""
COUNTING = """
from collections import Counter, defaultdict
d = defaultdict(list)
d['a'].append(Counter('ab'))
d['a']
"""


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("import csv, io\nlist(csv.reader(io.StringIO(table)))", [["name", "price"], ["tea, green", "4"], ["pen", "1.5"]]),
        ("import csv, io as files\n[row['price'] for row in csv.DictReader(files.StringIO(table))]", ["4", "1.5"]),
        ("import csv\nlist(csv.reader(table.splitlines()))[2]", ["pen", "1.5"]),
        (WRITER, 'a,"b,c"\r\n1,\r\n'),
        (DICT_WRITER, "a\r\n1\r\n"),
        ("import io\nf = io.StringIO('a\\nb')\n[f.readline(), f.tell(), f.read(), f.read(), f.readline()]", ["a\n", 2, "b", "", ""]),
        ("import io\nf = io.StringIO('a\\nb\\n')\n[line for line in f] + f.readlines()", ["a\n", "b\n"]),
        (OVERWRITING, ["xbcy12", 6]),
        (TRUNCATING, ["d", [], ""]),
        (CLOSED, True),
        ("from collections import Counter\nCounter('aab').most_common(1)", [["a", 2]]),
        (COUNTING, [{"a": 1, "b": 1}]),
        (QUEUE, [3, [1, 2]]),
    ],
)
async def test_csv_io_and_collections_work_on_texts(executor: RunCode, code: str, value: Any) -> None:
    taken = {"len": "a name of the author", "str": "too"} if "import io" in code else {}
    assert await run(executor, code, input={"table": TABLE}, values=taken) == {"value": value}


async def test_many_writes_to_a_text_take_time_in_proportion(executor: RunCode) -> None:
    code = "import io\nf = io.StringIO()\nfor n in range(50_000):\n    f.write('0123456789')\nlen(f.getvalue())"
    assert await run(executor, code, timeout_seconds=5, memory_mb=64) == {"value": 500_000}
