"""All patterns, by number."""

from tests.patterns.cases import basic, branching, structure
from tests.patterns.pattern import Pattern, Scenario

PATTERNS: tuple[Pattern, ...] = tuple(sorted((*basic.PATTERNS, *branching.PATTERNS, *structure.PATTERNS), key=lambda pattern: pattern.number))

SCENARIOS: tuple[tuple[Pattern, Scenario], ...] = tuple((pattern, scenario) for pattern in PATTERNS for scenario in pattern.scenarios)


def scenario_id(pair: tuple[Pattern, Scenario]) -> str:
    pattern, scenario = pair
    return f"{pattern.number:02}_{scenario.name.replace(' ', '_')}"
