"""Every workflow pattern in its normal form: by the database, and by the reference, which shows that the scenario is right."""

import random
from collections.abc import AsyncIterator

import pytest

from tests.model.graphs import flow, step, workflow
from tests.model.twins import Twins, twins
from tests.patterns import normal_form
from tests.patterns.cases.catalogue import SCENARIOS, scenario_id
from tests.patterns.database_engine import DatabaseEngine
from tests.patterns.pattern import Pattern, Scenario, answer
from tests.patterns.reference_engine import ReferenceEngine
from tests.servers import TestServer


@pytest.fixture
async def database(server: TestServer) -> AsyncIterator[Twins]:
    """One that takes the lean path, and one beside it in which the same happens over the general path."""
    async with twins(server) as both:
        yield both


@pytest.mark.parametrize("pair", [pair for pair in SCENARIOS if not pair[1].alone], ids=scenario_id)
async def test_the_reference_does_what_the_scenario_expects(pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    await normal_form.run(ReferenceEngine(scenario), scenario)


@pytest.mark.parametrize("pair", SCENARIOS, ids=scenario_id)
async def test_pattern(database: Twins, pair: tuple[Pattern, Scenario]) -> None:
    _, scenario = pair
    engine = DatabaseEngine(database)
    await normal_form.run(engine, scenario)
    assert not any((await database.differences_of_twins(engine.executions)).values())


async def test_each_of_a_thousand_items_leaves_a_choice_by_one_port(database: Twins) -> None:
    """Exclusive Choice, pattern 4."""
    rules = [{"condition": f"amount > {bound}", "port": f"over_{bound}"} for bound in (900, 500, 100, 0)]
    nodes = [flow("R", "ROUTER", {"custom_config": {"rules": rules, "default": "none"}}), *(flow(f"E{number}", "END") for number in range(5))]
    edges = ["S -> R", *(f"R.{rule['port']} -> E{number}" for number, rule in enumerate(rules)), "R.none -> E4"]
    amounts = [random.Random(4).randrange(-200, 1200) for _ in range(1000)]
    executions = await database.start(await database.save(workflow(nodes, edges)), [{"amount": amount} for amount in amounts])
    seen = await database.seen(executions)
    for execution, amount in zip(executions, amounts, strict=True):
        taken = next((number for number, bound in enumerate((900, 500, 100, 0)) if amount > bound), 4)
        assert {key.node for key in seen[execution].assignments} == {"S", "R", f"E{taken}"}, amount
        assert seen[execution].status == "completed"


@pytest.mark.parametrize("rounds", [50, pytest.param(1000, marks=pytest.mark.full)])
async def test_a_loop_of_many_rounds_adds_one_row_per_visit(database: Twins, rounds: int) -> None:
    """Arbitrary Cycles, pattern 10."""
    scenario = Scenario(
        name="many rounds",
        definition=workflow([step("A"), step("B")], ["S -> A", "A -> B", "B.a -> A"]),
        answers={f"B/{number}": answer("a") for number in range(1, rounds)},
        order=("S/1", *(f"{node}/{number}" for number in range(1, rounds + 1) for node in "AB")),
    )
    await normal_form.run(DatabaseEngine(database), scenario)
