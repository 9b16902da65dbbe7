"""Random expressions, with the nodes that the product's own parser finds in them: what the parser of the pages is held against."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from interlock.definition import ExpressionError, parse_expression
from interlock.definition.expressions.limits import STANDARD_LIMITS
from interlock.definition.expressions.syntax import parse_syntax

FIXTURE = Path(__file__).parents[2] / "web" / "src" / "builder" / "definition" / "expressions" / "references.fixture.json"
IDS = ("a", "start", "two words", "nodes", "class", "constructor", "__proto__", "it's", 'say "x"', "a\\b", "x.y", "ß", "end-1")
GAPS = ("", "", "", "", " ", "  ", "\t", "\n", " # nodes.no\n", " \\\n")
BROKEN = (
    "nodes.", "nodes[", "nodes['a'", "nodes['a]", "nodes.a.", "nodes.a)", "(nodes.a", "nodes.a nodes.b", "nodes.a +",
    "and nodes.a", "nodes.class", "if",
    "nodes['a'].output ==", "nodes.a if x", "[nodes.a for]", "[nodes.a for x]", "{nodes.a: }", "x not nodes.a", "nodes['a'] = 1", "01 + nodes.a",
    "nodes.a; nodes.b", "nodes.a ? 1 : 2", "nodes.a && nodes.b", "!nodes.a", "nodes['a\n']", "$nodes.a", "nodes..a", "f(nodes.a,,)", "", "  ",
)  # fmt: skip
CHOSEN = (
    "nodes['start'].output.a == 1 and nodes.start.output.b and nodes.starter and x.nodes.start",
    "nodes[ 'x' ].output",
    'nodes["x"].output',
    "nodes . x . output",
    "nodes # the first\n['x']",
    "nodes[('x')]",
    "(nodes)['x']",
    "(nodes).x",
    "nodes['x' 'y']",
    "nodes['x', 'y']",
    "nodes[r'a\\b']",
    "nodes['\\x61\\u0062\\143']",
    "nodes['''x''']",
    "nodes[input.id]",
    "nodes",
    "input['nodes.x']",
    '"nodes.x"',
    "f(nodes=1)",
    "f(nodes, x=nodes.a)",
    "[nodes.a for nodes in nodes.b if nodes.c]",
    "[nodes.a for x in nodes.b for nodes in x.c if nodes.d]",
    "{nodes.a: nodes.b for k in nodes.c}",
    "any(nodes.a for nodes in input.list)",
    "{'nodes': nodes['a']}",
    "{{nodes.a.output}} > {{ nodes['b'] }}",
    "nodes.a, nodes.b",
    "nodes.a[nodes.b:nodes.c:2]",
    "nodes['a'] if nodes['b'] else nodes['c']",
    "not nodes.a",
    "-nodes.a ** -nodes.b",
    "nodes.a not in nodes.b",
    "nodes.a is not None",
    "\uff4eodes.a",
    "nodes.\ufb01",
    "'it\\'s nodes.x' + nodes['y']",
    "nodes[u'x']",
    "nodes['\\q']",
    "nodes['x'].output # nodes['y']",
    "  nodes.a  ",
    "1_000 + nodes.a + 0x1F + 1.5e3 + .5 + 5.",
    "( # on the next line\nnodes.a)",
)


def entries() -> list[dict[str, Any]]:
    """Returns each expression with its references in order (id and end, counted as JavaScript counts), or null if it cannot be parsed."""
    random = Random(20260811)
    made = [*CHOSEN, *(_expression(random, 3) for _ in range(300))]
    broken = [*BROKEN, *(_broken(random, one) for one in made for _ in range(2))]
    parsed = [entry for source in made if (entry := _entry(source)) is not None]
    refused = [entry for source in broken if (entry := _entry(source)) is not None]
    return parsed + refused


def written() -> str:
    return "[\n" + ",\n".join(json.dumps(entry) for entry in entries()) + "\n]\n"


def _entry(source: str) -> dict[str, Any] | None:
    """Returns None for what parses and is not allowed: there the two may differ."""
    try:
        parse_expression(source)
    except ExpressionError as error:
        return {"source": source, "references": None} if error.code == "syntax" else None
    if "{{" in source:
        source = source.replace("{{", " (").replace("}}", ") ")
    text = source.strip()
    offset = len(source) - len(source.lstrip())
    found = [(node_id, _index(text, line, column) + offset) for node_id, line, column in _references(parse_syntax(source, STANDARD_LIMITS).tree)]
    return {"source": source, "references": sorted(found, key=lambda one: one[1])}


def _references(tree: ast.AST, *, is_bound: bool = False) -> Iterator[tuple[str, int, int]]:
    """Yields each reference with its end. A variable of a comprehension that is called `nodes` is not the nodes."""
    if isinstance(tree, ast.ListComp | ast.GeneratorExp | ast.DictComp):
        for generator in tree.generators:
            yield from _references(generator.iter, is_bound=is_bound)
            is_bound = is_bound or any(isinstance(name, ast.Name) and name.id == "nodes" for name in ast.walk(generator.target))
            for test in generator.ifs:
                yield from _references(test, is_bound=is_bound)
        for part in (tree.key, tree.value) if isinstance(tree, ast.DictComp) else (tree.elt,):
            yield from _references(part, is_bound=is_bound)
        return
    node_id = _named(tree)
    if node_id is not None and not is_bound:
        assert isinstance(tree, ast.expr)
        assert tree.end_lineno is not None
        assert tree.end_col_offset is not None
        yield node_id, tree.end_lineno, tree.end_col_offset
    for child in ast.iter_child_nodes(tree):
        yield from _references(child, is_bound=is_bound)


def _named(tree: ast.AST) -> str | None:
    if not isinstance(tree, ast.Attribute | ast.Subscript) or not isinstance(tree.value, ast.Name) or tree.value.id != "nodes":
        return None
    if isinstance(tree, ast.Attribute):
        return tree.attr
    return tree.slice.value if isinstance(tree.slice, ast.Constant) and isinstance(tree.slice.value, str) else None


def _index(text: str, line: int, column: int) -> int:
    """Returns the place of a byte in a line of `(text` as JavaScript counts it in the text."""
    lines = f"({text}\n)".split("\n")
    before = "\n".join([*lines[: line - 1], lines[line - 1].encode()[:column].decode()])
    return len(before.encode("utf-16-le")) // 2 - 1


def _broken(random: Random, source: str) -> str:
    """Returns the expression without one character, or with one more."""
    at = random.randrange(len(source))
    return source[:at] + random.choice(("", ".", "'", ")", "]", "}", " ")) + source[at + random.randrange(2) :]


def _expression(random: Random, depth: int) -> str:
    def inner() -> str:
        return _expression(random, depth - 1)

    def gap() -> str:
        return random.choice(GAPS)

    if depth == 0 or random.random() < 0.3:
        return _leaf(random)
    match random.randrange(11):
        case 0 | 1:
            sign = random.choice(("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", " and ", " or ", " in ", " not in ", " is "))
            return f"{inner()} {gap()}{sign}{gap()} {inner()}"
        case 2:
            return f"{random.choice(('not ', '-', '+'))}{inner()}"
        case 3:
            return f"({gap()}{inner()}{gap()})"
        case 4:
            return f"{inner()} if {inner()} else {inner()}"
        case 5:
            return f"[{inner()}{gap()},{gap()}{inner()}]"
        case 6:
            return f"{{{gap()}{_text(random, random.choice(IDS))}{gap()}:{gap()}{inner()}}}"
        case 7:
            return f"{random.choice(('len', 'str', 'sum'))}{gap()}({inner()})"
        case 8:
            name = random.choice(("x", "y", "nodes", "node"))
            return f"[{inner()} for {name} in {inner()}{f' if {inner()}' if random.random() < 0.5 else ''}]"
        case 9:
            return f"({inner()})[{gap()}{random.choice(('0', '1:', ':2', inner()))}{gap()}]"
        case _:
            return f"({inner()}).{random.choice(('output', 'nodes', 'a'))}"


def _leaf(random: Random) -> str:
    gap, node_id = random.choice(GAPS), random.choice(IDS)
    match random.randrange(8):
        case 0 | 1:
            return f"nodes{gap}[{random.choice(GAPS)}{_text(random, node_id)}{random.choice(GAPS)}]"
        case 2:
            return f"nodes{gap}.{random.choice(GAPS)}{random.choice(('a', 'start', 'output', 'constructor'))}"
        case 3:
            return random.choice(("input.nodes.a", "x.nodes['a']", "context.a", "nodes_of.a", "subject"))
        case 4:
            return _text(random, f"nodes.{node_id} nodes['{node_id}']")
        case 5:
            return random.choice(("1", "2.5", "0x1f", "1_000", "true", "None", "1e3"))
        case 6:
            return f"nodes[{random.choice(('input.id', 'x', '0', 'nodes.a.output'))}]"
        case _:
            return random.choice(("nodes", "input", "item.nodes", "x"))


def _text(random: Random, value: str) -> str:
    match random.randrange(5):
        case 0:
            return json.dumps(value)
        case 1:
            return json.dumps(value, ensure_ascii=False)
        case 2 if '"""' not in value and not value.endswith(('"', "\\")) and "\\" not in value:
            return f'"""{value}"""'
        case 3 if len(value) > 1:
            return f"{value[:1]!r} {value[1:]!r}"
        case _:
            return repr(value)


if __name__ == "__main__":
    FIXTURE.write_text(written(), encoding="utf-8")
