"""What the documentation promises, and what the tests name: `python -m tests.acceptance.guarantees` prints what has no test."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import typer

from interlock.cli.app import build_app

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = ROOT / "tests"
TABLE: Final = ROOT / "docs" / "guarantees.md"
VARIABLE: Final = re.compile(r"\b(?:INTERLOCK_[A-Z_]*[A-Z]|SECRET_KEY|SUPABASE_[A-Z_]*[A-Z]|DATABASE_URL|(?:NO|HTTPS?)_PROXY)\b")
OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
PROMISE: Final = re.compile(r"\b(?:never|always|exactly|cannot|at most|at least|at once|within \d|nobody|nothing|no longer|only if)\b", re.IGNORECASE)
CODE_BLOCK: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


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
    """Sentences that sound like a promise and have no row, each with its page."""
    rows = guarantees()
    for page in dict.fromkeys(row.page for row in rows):
        lines = [line for line in CODE_BLOCK.sub("", (ROOT / page).read_text()).split("\n\n") if not line.startswith("#")]
        sentences = [sentence for line in lines for sentence in re.split(r"(?<=[.:])\s|\n[|-] ", line) if PROMISE.search(sentence)]
        listed = [row.text for row in rows if row.page == page]
        for sentence in (" ".join(sentence.split()) for sentence in sentences):
            if not any(text in sentence or sentence in text for text in listed):
                yield page, sentence


def main() -> None:
    untested = [row for row in guarantees() if not row.tests]
    print(f"{len(untested)} of {len(guarantees())} rows of docs/guarantees.md have no test:")
    for row in untested:
        print(f"  {row.page}: {row.text}")
    print("Sentences that sound like a promise and have no row:")
    for page, sentence in unlisted():
        print(f"  {page}: {sentence}")


if __name__ == "__main__":
    main()
