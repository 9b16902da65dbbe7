"""Collects the statements that the API reads with, from the source."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Final

import interlock.insight

PARAMETER: Final = re.compile(r"%\((\w+)\)s")
OF_NO_WORKSPACE: Final[Mapping[str, str]] = {
    "diagnosis.database": "asks for the settings of the server and the rights of its users; only the first workspace sees it",
    "ended_executions": "for programs that have the database; the API does not use it",
    "reading": "limits what is read in the same transaction",
}
"""Modules whose statements read nothing that a workspace has, with the reason."""
_FILTER: Final = "{of_workflow}"
_READS_TABLES: Final = re.compile(r"\s*(select|with)\b.*\binterlock\.", re.DOTALL)


@cache
def statements() -> Mapping[str, str]:
    """Returns every statement of `interlock.insight` that reads something of ours, by its place: `workers:14`."""
    found: dict[str, str] = {}
    for info in walk_packages(interlock.insight.__path__, "interlock.insight."):
        name = info.name.removeprefix("interlock.insight.")
        if name not in OF_NO_WORKSPACE:
            for line, text in _statements_of(info.name):
                found[f"{name}:{line}"] = text.replace(_FILTER, "")
                if _FILTER in text:
                    found[f"{name}:{line}, of one workflow"] = text.replace(_FILTER, "and e.workflow_id = %(workflow)s")
    return found


def _statements_of(name: str) -> Iterator[tuple[int, str]]:
    module = import_module(name)
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    for node in _texts_in(tree):
        text = _value_of(node, vars(module))
        if text is not None and _READS_TABLES.match(text):
            yield node.lineno, text


def _texts_in(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """All texts, those with parts to fill in as a whole."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node
        else:
            yield from _texts_in(node)


def _value_of(node: ast.Constant | ast.JoinedStr, names: dict[str, Any]) -> str | None:
    """The text; None if it is put together with what is only known when the function runs."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    try:
        value: str = eval(compile(ast.Expression(node), "statement", "eval"), names)
    except NameError:
        assert not _READS_TABLES.match(ast.unparse(node)[2:]), f"a statement that is not constant: {ast.unparse(node)}"
        return None
    return value
