"""Every workflow pattern in its normal form."""

import pytest

from tests.patterns import normal_form
from tests.patterns.cases.catalogue import SCENARIOS, scenario_id
from tests.patterns.pattern import Pattern, Scenario
from tests.patterns.reference_engine import ReferenceEngine


@pytest.mark.parametrize("pair", [pair for pair in SCENARIOS if not pair[1].alone], ids=scenario_id)
async def test_the_reference_does_what_the_pattern_says(pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    await normal_form.run(ReferenceEngine(scenario), scenario)
