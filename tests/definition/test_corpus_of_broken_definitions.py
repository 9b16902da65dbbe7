"""Each file of the corpus says in its first lines which faults and warnings it has, with their places; no more and no fewer are found."""

from pathlib import Path

import pytest

from interlock.definition import (
    CannotCompile,
    ExpressionError,
    Fault,
    WorkflowDefinition,
    compile_definition,
    read_yaml,
    validate_definition,
    validate_file,
)
from interlock.definition.validation.codes import FAULTS, WARNINGS
from tests.definition.catalog import catalog

FILES = sorted((Path(__file__).parent / "corpus").iterdir())


def expected(path: Path, word: str) -> list[tuple[str, str]]:
    lines = [line.removeprefix(f"# {word}:") for line in path.read_text().splitlines() if line.startswith(f"# {word}:")]
    entries = [entry.strip() for entry in ";".join(lines).split(";") if entry.strip()]
    return sorted((code, place.strip()) for code, _, place in (entry.partition(" ") for entry in entries))


def found(faults: tuple[Fault, ...]) -> list[tuple[str, str]]:
    return sorted((fault.code, fault.place) for fault in faults)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_exactly_the_faults_that_are_there(path: Path) -> None:
    report = validate_file(path, catalog())
    assert found(report.faults) == expected(path, "faults")
    if "# warnings:" in path.read_text() or report.is_valid:
        assert found(report.warnings) == expected(path, "warnings")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_finding_says_what_and_how_to_mend(path: Path) -> None:
    report = validate_file(path, catalog())
    for fault in report.faults:
        assert fault.code in FAULTS
    for fault in report.warnings:
        assert fault.code in WARNINGS
    for fault in (*report.faults, *report.warnings):
        assert fault.message.endswith((".", ").", "?"))
        assert fault.mend
        assert len(fault.message) < 1_000


@pytest.mark.parametrize("path", [path for path in FILES if not expected(path, "faults")], ids=lambda path: path.stem)
def test_what_has_no_fault_compiles_and_validates_the_same_once_read(path: Path) -> None:
    definition = WorkflowDefinition.model_validate(read_yaml(path.read_text()))
    compile_definition(definition, catalog())
    assert validate_definition(definition, catalog()).is_valid


def test_every_code_is_in_the_corpus_or_in_the_tests_of_hostile_texts() -> None:
    covered = {code for path in FILES for word in ("faults", "warnings") for code, _ in expected(path, word)}
    elsewhere = {"too_large", "not_utf8", "nul_byte", "not_json", "bad_text", "bad_key", "unknown_format", "too_many_nodes", "too_many_connections"}
    assert covered | elsewhere == {*FAULTS, *WARNINGS}
    assert not covered & elsewhere


def test_compiling_never_fails_in_another_way_than_it_says() -> None:
    for path in FILES:
        try:
            compile_definition(WorkflowDefinition.model_validate(read_yaml(path.read_text())), catalog())
        except (ValueError, CannotCompile, ExpressionError):
            continue
