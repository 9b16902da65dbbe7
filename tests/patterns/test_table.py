"""The page about patterns says which scenarios the tests run."""

from tests.patterns.cases.catalogue import SCENARIOS, scenario_id
from tests.patterns.table import FORMS, PAGE, page


def test_the_page_says_that_every_pattern_works_in_all_three_forms() -> None:
    held = {(scenario_id(pair), form): True for pair in SCENARIOS for form in FORMS}
    assert page(held) == PAGE.read_text(), "run: python -m tests.patterns.table"


def test_each_scenario_has_a_name_of_its_own() -> None:
    assert len({scenario_id(pair) for pair in SCENARIOS}) == len(SCENARIOS)
