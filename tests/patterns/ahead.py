"""What a worker that runs ahead reports with a result in a scenario."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.patterns.pattern import Answer, Scenario

MOST_AHEAD = 5


def ahead_of(scenario: Scenario, node: str, number_of: Callable[[str], int]) -> list[tuple[int, Mapping[str, Any]]]:
    """What ran ahead of a result: the only successors, one after the other, that answer plainly. The database decides whether it takes them."""
    found: list[tuple[int, Mapping[str, Any]]] = []
    while len(found) < MOST_AHEAD:
        leaving = [connection for connection in scenario.definition["connections"] if connection["from"] == node]
        if len(leaving) != 1 or leaving[0].get("port", "main") != "main":
            break
        node = leaving[0]["to"]
        answer = scenario.answers.get(f"{node}/1", Answer())
        if answer != Answer(output=answer.output):
            break
        found.append((number_of(node), answer.output))
    return found
