"""`docs/guarantees.md` is true: what it quotes is said, the tests that it names exist, and every setting of the documentation is used by a test."""

import pytest

from tests.acceptance.guarantees import (
    Guarantee,
    guarantees,
    has_test,
    main,
    names_in_tests,
    options_of_docs,
    variables_of_docs,
    words_of,
)

LISTED_PAGES = {"README.md", "docs/errors.md", "docs/reference/worker.md", "docs/reference/json.md", "docs/reference/expressions.md"}


@pytest.mark.parametrize("row", guarantees(), ids=lambda row: f"{row.page}: {row.text[:60]}")
def test_a_promise_is_said_on_its_page_and_its_tests_exist(row: Guarantee) -> None:
    assert row.text in words_of(row.page), f"{row.page} does not say this any more"
    assert [name for name in row.tests if not has_test(name)] == []


def test_the_table_has_every_page_that_promises_something() -> None:
    pages = [row.page for row in guarantees()]
    assert set(pages) >= LISTED_PAGES | {f"docs/concepts/{name}.md" for name in ("overview", "movement", "crashes", "credentials", "security")}
    assert len(pages) >= 60


def test_a_row_without_a_test_says_so_and_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    printed = capsys.readouterr().out
    assert [row.text for row in guarantees() if not row.tests and row.text not in printed] == []


def test_every_variable_that_the_documentation_names_is_used_by_a_test() -> None:
    assert len(variables_of_docs()) > 20
    assert sorted(variables_of_docs() - names_in_tests()) == []


def test_every_option_that_the_documentation_names_is_used_by_a_test() -> None:
    assert len(options_of_docs()) > 20
    assert sorted(min(names) for names in options_of_docs() if not names & names_in_tests()) == []


def test_a_test_that_does_not_exist_is_noticed() -> None:
    assert has_test("acceptance/test_guarantees.py::test_a_test_that_does_not_exist_is_noticed")
    assert not has_test("acceptance/test_guarantees.py::test_something_else")
    assert not has_test("acceptance/test_nothing.py::test_something_else")
