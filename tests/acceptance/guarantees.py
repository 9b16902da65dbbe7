"""What the documentation promises, and what the tests name: `python -m tests.acceptance.guarantees` prints what has no test."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import click
import typer
from pydantic import BaseModel

from interlock.cli.app import build_app
from interlock.definition import WorkflowDefinition
from interlock.nodes import NodeExecutorFactory
from interlock.worker import WorkerSettings

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = ROOT / "tests"
TABLE: Final = ROOT / "docs" / "guarantees.md"
NO_PROMISES: Final = Path(__file__).parent / "no_promises.txt"
VARIABLE: Final = re.compile(r"\b(?:INTERLOCK_[A-Z_]*[A-Z]|SECRET_KEY|SUPABASE_[A-Z_]*[A-Z]|DATABASE_URL|(?:NO|HTTPS?)_PROXY)\b")
OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
PROMISE: Final = re.compile(r"\b(?:never|always|exactly|cannot|at most|at least|at once|within \d|nobody|nothing|no longer|only if)\b", re.IGNORECASE)
KEY: Final = re.compile(r"\b([a-z_]+)\"?: ")
CODE_BLOCK: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEAD_OF_TABLE: Final = re.compile(r"^\|.*\|\n\|[ |:-]+\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A part of a page that code writes, of which one test holds every line.

    Attributes:
        part: a regular expression.
    """

    page: str
    part: re.Pattern[str]
    tests: tuple[str, ...]


RULES: Final = (
    Rule(
        page="docs/errors.md",
        part=re.compile(r"^### .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL),
        tests=(
            "nodes/test_error_codes.py::test_every_code_that_is_raised_is_listed_and_every_listed_one_is_raised",
            "nodes/test_error_codes.py::test_every_entry_says_what_it_means_where_it_comes_from_and_how_to_fix_it",
            "api/operations/test_errors.py::test_each_operation_lists_the_errors_that_it_can_raise_and_no_others",
            "controlplane/test_schema.py::test_codes_are_the_same_in_sql_python_and_docs",
        ),
    ),
    Rule(
        page="docs/errors.md",
        part=re.compile(r"^\| `[a-z_]+` \|.*$", re.MULTILINE),
        tests=(
            "definition/test_corpus_of_broken_definitions.py::test_exactly_the_listed_errors_are_found",
            "definition/test_corpus_of_broken_definitions.py::test_every_code_is_in_the_corpus_or_in_the_tests_of_hostile_texts",
        ),
    ),
    Rule(
        page="docs/reference/nodes.md",
        part=re.compile(r"^\| `\w+` \| (?:[^|\\]|\\.)*(?=\|)", re.MULTILINE),
        tests=("definition/test_limits_of_fields.py::test_each_limit_of_a_parameter_is_where_its_executor_refuses",),
    ),
    Rule(
        page="docs/benchmarks.md",
        part=re.compile(r"^\| `[a-z_]+` \|.*$", re.MULTILINE),
        tests=("acceptance/test_benchmarks_page.py::test_the_page_has_every_benchmark_and_says_of_each_whether_it_has_a_target",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """A row of the table.

    Attributes:
        page: where it is said, from the root of the repository.
        text: the words of that page.
        tests: `file.py::test_name`, the file from `tests/`.
    """

    page: str
    text: str
    tests: tuple[str, ...]


def guarantees() -> list[Guarantee]:
    found = []
    page = ""
    for line in TABLE.read_text().splitlines():
        if heading := re.match(r"## \[([^\]]+)\]", line):
            page = heading[1]
        elif page and (row := re.fullmatch(r"\| (.+) \| (.+) \|", line)) and row[1] not in ("promise", "---"):
            found.append(Guarantee(page=page, text=row[1], tests=tuple(re.findall(r"`([^`]+)`", row[2]))))
    return found


@cache
def words_of(page: str) -> str:
    """The text of a page, without line breaks."""
    return " ".join((ROOT / page).read_text().split())


def has_test(name: str) -> bool:
    """Whether a test stands in the file that its name says; of a class, the name has `Class::test`."""
    file, _, function = name.partition("::")
    return (TESTS / file).is_file() and function in _functions(TESTS / file)


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    return frozenset(part.name for part in tree.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))


def variables_of_docs() -> set[str]:
    return {name for page in _pages() for name in VARIABLE.findall(page.read_text())}


def options_of_docs() -> set[frozenset[str]]:
    """The options of our commands that the pages name: the names of each, `--this` and `--no-this` together."""
    named = {name for page in _pages() for name in OPTION.findall(page.read_text())}
    return {names for names in _options_of(typer.main.get_command(build_app())) if names & named}


def _options_of(command: Any) -> Iterator[frozenset[str]]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) or parameter.param_type_name == "option":
            yield frozenset(name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("--"))
    for below in getattr(command, "commands", {}).values():
        yield from _options_of(below)


def names_of_fields() -> set[str]:
    """Settings of workers, parameters of nodes and fields of definitions, as they are written."""
    models: list[type[BaseModel]] = [WorkflowDefinition, *(executor.parameters for executor in NodeExecutorFactory.from_entry_points().executors())]
    found = {field.name for field in fields(WorkerSettings)}
    for model in models:
        found.update(field.alias or name for name, field in model.model_fields.items())
        models.extend(part for field in model.model_fields.values() for part in _models_in(field.annotation) if part not in models)
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


@cache
def fields_in_tests() -> frozenset[str]:
    """What the tests' code gives by name: keywords, and keys of what it writes as text."""
    found: set[str] = set()
    for path in TESTS.rglob("*.py"):
        if path.name not in ("guarantees.py", "test_guarantees.py"):
            tree = ast.parse(path.read_text())
            found.update(part.arg for part in ast.walk(tree) if isinstance(part, ast.keyword) and part.arg)
            for text in _texts(tree):
                found.add(text)
                found.update(KEY.findall(text))
    return frozenset(found)


def _pages() -> Iterator[Path]:
    yield ROOT / "README.md"
    yield from (page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent.name != "decisions")


@cache
def names_in_tests() -> frozenset[str]:
    """Every variable and option in a text of the tests' code; what only a comment or a docstring says does not count."""
    found: set[str] = set()
    for path in TESTS.rglob("*.py"):
        if path.name not in ("guarantees.py", "test_guarantees.py"):
            for text in _texts(ast.parse(path.read_text())):
                found.update(VARIABLE.findall(text), OPTION.findall(text))
    return frozenset(found)


def _texts(tree: ast.AST) -> Iterator[str]:
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(part.body[0].value) for part in ast.walk(tree) if isinstance(part, described) and part.body and isinstance(part.body[0], ast.Expr)
    }
    for part in ast.walk(tree):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in docstrings:
            yield part.value


def unlisted() -> Iterator[tuple[str, str]]:
    """Sentences of all pages that sound like a promise, have no row and no rule, and are not known to be none; each with its page."""
    rows, known = guarantees(), no_promises()
    for page in promising_pages():
        listed = [row.text for row in rows if row.page == page] + [text for name, text in known if name == page]
        for sentence in sentences(page):
            if PROMISE.search(sentence) and not any(text in sentence or sentence in text for text in listed):
                yield page, sentence


def promising_pages() -> list[str]:
    """Every page, except the one that quotes the others."""
    return [str(page.relative_to(ROOT)) for page in _pages() if page != TABLE]


def sentences(page: str) -> Iterator[str]:
    """The sentences of a page, those of a table row by row. Without code, headings, the heads of tables, and what a rule is about."""
    text = CODE_BLOCK.sub("", (ROOT / page).read_text())
    for rule in RULES:
        if rule.page == page:
            text = rule.part.sub("", text)
    for block in HEAD_OF_TABLE.sub("", text).split("\n\n"):
        if not block.startswith("#"):
            yield from (" ".join(sentence.split()) for sentence in re.split(r"(?<=[.:])\s|\n[|-] ", block))


def no_promises() -> list[tuple[str, str]]:
    """Words that sound like a promise and are none, each with its page: `page | words`, one a line."""
    lines = [line for line in NO_PROMISES.read_text().splitlines() if line and not line.startswith("#")]
    return [(page, text) for page, _, text in (line.partition(" | ") for line in lines)]


def main() -> None:
    untested = [row for row in guarantees() if not row.tests]
    print(f"{len(untested)} of {len(guarantees())} rows of docs/guarantees.md have no test:")
    for row in untested:
        print(f"  {row.page}: {row.text}")
    print("Sentences that sound like a promise, and have neither a row nor a line in no_promises.txt:")
    for page, sentence in unlisted():
        print(f"  {page}: {sentence}")


if __name__ == "__main__":
    main()
