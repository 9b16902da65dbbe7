"""Each file of the corpus lists its errors and warnings with their places in its first lines; exactly these are found."""

from pathlib import Path

import pytest

from interlock.definition import (
    CannotCompile,
    DefinitionError,
    ExpressionError,
    WorkflowDefinition,
    compile_definition,
    read_yaml,
    validate_definition,
    validate_file,
)
from interlock.definition.validation.codes import ERRORS, WARNINGS
from tests.definition.node_types import node_types

FILES = sorted((Path(__file__).parent / "corpus").iterdir())


def expected(path: Path, word: str) -> list[tuple[str, str]]:
    lines = [line.removeprefix(f"# {word}:") for line in path.read_text().splitlines() if line.startswith(f"# {word}:")]
    entries = [entry.strip() for entry in ";".join(lines).split(";") if entry.strip()]
    return sorted((code, place.strip()) for code, _, place in (entry.partition(" ") for entry in entries))


def found(errors: tuple[DefinitionError, ...]) -> list[tuple[str, str]]:
    return sorted((error.code, error.place) for error in errors)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_exactly_the_listed_errors_are_found(path: Path) -> None:
    report = validate_file(path, node_types())
    assert found(report.errors) == expected(path, "errors")
    if "# warnings:" in path.read_text() or report.is_valid:
        assert found(report.warnings) == expected(path, "warnings")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_error_says_what_is_wrong_and_how_to_fix_it(path: Path) -> None:
    report = validate_file(path, node_types())
    for error in report.errors:
        assert error.code in ERRORS
    for error in report.warnings:
        assert error.code in WARNINGS
    for error in (*report.errors, *report.warnings):
        assert error.message.endswith((".", ").", "?"))
        assert error.hint
        assert len(error.message) < 1_000


@pytest.mark.parametrize("path", [path for path in FILES if not expected(path, "errors")], ids=lambda path: path.stem)
def test_a_definition_without_errors_compiles_and_is_still_valid_when_read_again(path: Path) -> None:
    definition = WorkflowDefinition.model_validate(read_yaml(path.read_text()))
    compile_definition(definition, node_types())
    assert validate_definition(definition, node_types()).is_valid


def test_every_code_is_in_the_corpus_or_in_the_tests_of_hostile_texts() -> None:
    covered = {code for path in FILES for word in ("errors", "warnings") for code, _ in expected(path, word)}
    elsewhere = {
        "too_large",
        "not_utf8",
        "nul_byte",
        "not_json",
        "bad_text",
        "bad_key",
        "unknown_format",
        "too_many_nodes",
        "too_many_connections",
        "too_many_expressions",
        "too_many_errors",
        "source_differs",
    }
    assert covered | elsewhere == {*ERRORS, *WARNINGS}
    assert not covered & elsewhere


def test_compiling_fails_only_as_documented() -> None:
    for path in FILES:
        try:
            compile_definition(WorkflowDefinition.model_validate(read_yaml(path.read_text())), node_types())
        except (ValueError, CannotCompile, ExpressionError):
            continue
