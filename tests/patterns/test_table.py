"""The page about patterns says what the tests hold every scenario to."""

from tests.patterns.cases.catalogue import SCENARIOS, scenario_id
from tests.patterns.table import FORMS, PAGE, page


def test_every_pattern_holds_in_all_three_forms_and_the_page_says_so() -> None:
    held = {(scenario_id(pair), form): True for pair in SCENARIOS for form in FORMS}
    assert page(held) == PAGE.read_text(), "run: python -m tests.patterns.table"


def test_scenarios_are_named_apart() -> None:
    assert len({scenario_id(pair) for pair in SCENARIOS}) == len(SCENARIOS)
