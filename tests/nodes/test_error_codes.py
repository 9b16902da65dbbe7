"""The list of errors of assignments is closed: what SQL and Python raise is listed, and what is listed is raised."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import interlock
from interlock.assignment_errors import CODES, GROUPS, AssignmentErrorCode
from interlock.controlplane.reference import assignment_codes_in_sql
from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.validation.codes import ERRORS, WARNINGS
from interlock.nodes import NodeExecutorFactory
from interlock.nodes.errors import expression_error
from interlock.nodes.errors_reference import own_executors, write_module, write_page
from interlock.nodes.factory import Executor

ROOT = Path(__file__).parents[2]
SOURCES = Path(interlock.__file__).parent
RAISERS = frozenset({"FinalError", "RetryableError", "UnstorableError", "failed", "kind"})
"""What makes an error from a code, its first argument; `kind` is how executors call one of the first two that they have chosen."""
PASSED_ON = frozenset({"self.code", "code[:100]", "error.code", "self._error.code", "refusal.code", "context.parameters.code", "answer['code']"})
"""Codes that were raised elsewhere, where they are found; that of a FAIL is its author's own."""


@dataclass(frozen=True, slots=True)
class Raised:
    """One place that raises. `retryable`: None where the place does not say."""

    code: str
    where: str
    retryable: bool | None


def listed() -> dict[str, AssignmentErrorCode]:
    everything = [error for group in GROUPS.values() for error in group] + [error for executor in own_executors() for error in executor.errors]
    assert len({error.code for error in everything}) == len(everything), "a code stands in one list only"
    return {error.code: error for error in everything}


def raised_in_python() -> Iterator[Raised]:
    for folder in ("worker", "nodes", "credentials"):
        for file in sorted((SOURCES / folder).rglob("*.py")):
            yield from raised_in(file)


def raised_in(file: Path) -> Iterator[Raised]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    bases = {
        init: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for init in ast.walk(node)
        if isinstance(init, ast.Call)
    }
    for node in ast.walk(tree):
        where = f"{file.relative_to(SOURCES)}:{getattr(node, 'lineno', 0)}"
        match node:
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in RAISERS:
                yield from codes_of(first, where, {"FinalError": False, "RetryableError": True}.get(name))
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"), args=[first, *_]):
                kinds = bases.get(node, set()) & {"FinalError", "RetryableError"}
                if kinds:
                    yield from codes_of(first, where, kinds == {"RetryableError"})
            case ast.Dict(keys=keys, values=values):
                named = {key.value: value for key, value in zip(keys, values, strict=True) if isinstance(key, ast.Constant)}
                if "code" in named and "message" in named:
                    yield from codes_of(named["code"], where, None)
            case _:
                pass


def codes_of(first: ast.expr, where: str, retryable: bool | None) -> Iterator[Raised]:
    match first:
        case ast.Constant(value=str(code)):
            yield Raised(code, where, retryable)
        case ast.IfExp(body=one, orelse=other):
            yield from codes_of(one, where, retryable)
            yield from codes_of(other, where, retryable)
        case ast.JoinedStr():
            assert ast.unparse(first) == "f'expression_{error.code}'", where
        case _:
            text = ast.unparse(first)
            assert text in PASSED_ON, f"{where}: the code {text} is not found by this test"


def codes_of_expressions() -> set[str]:
    found: set[str] = set()
    for file in (SOURCES / "definition" / "expressions").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="ExpressionError"), args=[ast.Constant(value=str(code)), *_]):
                    found.add(expression_error(ExpressionError(code, "")).code)
                case ast.Call(func=ast.Name(id="ExpressionError"), args=[first, *_]):
                    assert ast.unparse(first) in {"self.code", "error.code"}, ast.unparse(first)
                case _:
                    pass
    return found


def test_every_code_that_is_raised_is_listed_and_every_listed_one_is_raised() -> None:
    in_python = {raised.code: raised.where for raised in raised_in_python()}
    in_sql = {code: ", ".join(functions) for code, functions in assignment_codes_in_sql().items()}
    of_expressions = dict.fromkeys(codes_of_expressions(), "definition/expressions")
    found = in_python | in_sql | of_expressions
    known = listed()
    assert {code: where for code, where in found.items() if code not in known} == {}, "add these to interlock.assignment_errors, or to `errors`"
    assert known.keys() - found.keys() == set(), "these are raised nowhere any more"


def test_the_list_agrees_with_the_code_about_retrying() -> None:
    known = listed()
    places: dict[str, set[bool]] = {}
    for raised in raised_in_python():
        if raised.retryable is not None:
            places.setdefault(raised.code, set()).add(raised.retryable)
    assert places
    for code, said in places.items():
        assert known[code].retryable in ({None} if len(said) == 2 else {None, *said}), code


def test_what_an_executor_declares_is_raised_in_its_own_folder() -> None:
    for executor in own_executors():
        file = SOURCES.parent / Path(*type(executor).__module__.split(".")).with_suffix(".py")
        files = file.parent.glob("*.py") if file.name == "executor.py" else [file]
        there = {raised.code for one in files for raised in raised_in(one)}
        assert {error.code for error in executor.errors} == there - CODES.keys(), executor.subtype


def test_every_entry_says_what_it_means_where_it_comes_from_and_how_to_fix_it() -> None:
    for code, error in listed().items():
        assert re.fullmatch(r"[a-z][a-z0-9_]+", code)
        for text in (error.meaning, error.cause, error.hint):
            assert re.fullmatch(r"[A-Z`].+[.]", text), (code, text)
            assert len(text) < 250, (code, text)


@pytest.mark.parametrize(
    ("path", "write"), [("docs/errors.md", write_page), ("web/src/errors/codes.ts", write_module)], ids=["the docs", "the browser"]
)
def test_the_list_is_printed_for(path: str, write: Callable[[Sequence[Executor]], str]) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == write(own_executors()), "run: make generate"


def test_the_page_has_a_place_for_every_code() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^#### (\w+)$", page, re.MULTILINE)) == listed().keys()
    of_definitions = page.partition("## Errors of definitions")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", of_definitions, re.MULTILINE)) == {*ERRORS, *WARNINGS}


def test_node_types_say_their_errors() -> None:
    info = NodeExecutorFactory.from_entry_points().find("ACTION_NODE", "RUN_CODE")
    assert info is not None
    assert "code_timeout" in {error.code for error in info.errors}
