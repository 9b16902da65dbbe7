"""`docs/guarantees.md` is true: what it quotes is said, the tests that it names exist, and every setting of the documentation is used by a test."""

import pytest

from tests.acceptance.guarantees import (
    PROMISE,
    ROOT,
    RULES,
    Guarantee,
    Rule,
    fields_in_tests,
    guarantees,
    has_test,
    main,
    names_in_tests,
    names_of_fields,
    no_promises,
    options_of_docs,
    promising_pages,
    sentences,
    unlisted,
    variables_of_docs,
    words_of,
)


@pytest.mark.parametrize("row", guarantees(), ids=lambda row: f"{row.page}: {row.text[:60]}")
def test_a_promise_is_said_on_its_page_and_its_tests_exist(row: Guarantee) -> None:
    assert row.text in words_of(row.page), f"{row.page} does not say this any more"
    assert [name for name in row.tests if not has_test(name)] == []


def test_every_sentence_of_every_page_that_sounds_like_a_promise_has_a_row_or_is_known_to_be_none() -> None:
    assert len(promising_pages()) > 25
    assert list(unlisted()) == []


def test_every_row_has_a_test() -> None:
    assert [row.text for row in guarantees() if not row.tests] == []


def test_what_is_said_to_be_no_promise_is_still_said_and_sounds_like_one() -> None:
    stale = [(page, text) for page, text in no_promises() if not any(text in said for said in sentences(page) if PROMISE.search(said))]
    assert stale == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.page)
def test_a_rule_is_about_something_that_is_there_and_its_tests_exist(rule: Rule) -> None:
    assert rule.part.search((ROOT / rule.page).read_text())
    assert [name for name in rule.tests if not has_test(name)] == []


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


def test_every_setting_of_a_worker_parameter_of_a_node_and_field_of_a_definition_is_used_by_a_test() -> None:
    assert len(names_of_fields()) > 80
    assert sorted(names_of_fields() - fields_in_tests()) == []


def test_a_test_that_does_not_exist_is_noticed() -> None:
    assert has_test("acceptance/test_guarantees.py::test_a_test_that_does_not_exist_is_noticed")
    assert not has_test("acceptance/test_guarantees.py::test_something_else")
    assert not has_test("acceptance/test_nothing.py::test_something_else")
