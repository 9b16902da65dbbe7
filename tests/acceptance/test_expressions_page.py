"""The page about expressions: it has a line for everything that there is, and each example is evaluated, by the database too where it decides."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from interlock.controlplane.connecting import open_pool
from interlock.definition import ExpressionError, ExpressionLimits, Scope, parse_expression, render
from interlock.definition.expressions.budget import CHANGED_PER_STEP, CHARACTERS_PER_STEP, STEPS_OF_ADDING, STEPS_OF_CALL, STEPS_OF_TEXT
from interlock.definition.expressions.build import WORDS
from interlock.definition.expressions.conditions import compile_condition
from interlock.definition.expressions.costs import COSTS
from interlock.definition.expressions.functions import FUNCTIONS
from interlock.definition.expressions.methods import LIST_METHODS, OBJECT_METHODS, TEXT_METHODS
from interlock.definition.expressions.operators import ARITHMETIC, COMPARISONS
from interlock.definition.expressions.program import value_program
from interlock.definition.expressions.reference import ENTRIES, EXAMPLE_DATA
from interlock.definition.expressions.syntax import ALLOWED_SYNTAX
from interlock.definition.expressions.template import LONGEST_TEXT
from tests.cli.command import ROOT
from tests.controlplane.plane import Plane
from tests.model.graphs import step
from tests.servers import TestServer, run_apart

PAGE = (ROOT / "docs" / "reference" / "expressions.md").read_text()
CELL = re.compile(r"(?<!\\)\|")
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Example:
    """An expression of the page and its value."""

    source: str
    value: Any


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def rows(title: str) -> list[list[str]]:
    """The cells of the table in a section, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in CELL.split(line)[1:-1]] for line in lines[2:]]


def first_cells(title: str) -> list[str]:
    """Every code in the first cells of a table."""
    return [code for row in rows(title) for code in CODE.findall(row[0])]


def examples() -> list[Example]:
    return [Example(source, json.loads(value)) for source, value in re.findall(r"`([^`]+)` → `([^`]+)`", PAGE)]


def scope() -> Scope:
    found = re.search(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return Scope(**json.loads(found[1]))


def sign(operator: Any) -> str:
    """How an operator is written."""
    a, b = ast.Name("a"), ast.Name("b")
    tree = ast.BinOp(a, operator, b) if isinstance(operator, ast.operator) else ast.Compare(a, [operator], [b])
    return ast.unparse(tree).removeprefix("a ").removesuffix(" b")


@pytest.fixture(scope="module")
def database(server: TestServer) -> Iterator[psycopg.Connection]:
    with server.fresh_database(migrated=True) as url, psycopg.connect(url, autocommit=True) as connection:
        run_apart(lambda: start_execution(url))
        yield connection


async def start_execution(url: str) -> None:
    """Starts an execution, and makes it the one of the page."""
    given = scope().execution
    async with open_pool(url) as pool:
        plane = Plane(pool)
        for node in ("A", "B"):
            await plane.deploy([step(node)], [f"S -> {node}"], given["workflow"])
        execution = await plane.start(given["workflow"])
        async with pool.connection() as connection, connection.transaction():
            await connection.execute("set local session_replication_role = replica")
            await connection.execute(
                "update interlock.executions set id = %s, started_at = %s where id = %s", [given["id"], given["started_at"], execution]
            )


@pytest.mark.parametrize(
    ("title", "names"),
    [("Functions", FUNCTIONS), ("Methods of text", TEXT_METHODS), ("Methods of lists", LIST_METHODS), ("Methods of objects", OBJECT_METHODS)],
)
def test_every_function_and_method_has_one_line(title: str, names: Any) -> None:
    assert [cell.partition("(")[0] for cell in first_cells(title)] == sorted(names)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Operators", "operator"),
        ("Functions", "function"),
        ("Methods of text", "text"),
        ("Methods of lists", "list"),
        ("Methods of objects", "object"),
    ],
)
def test_the_page_says_what_the_completion_says(title: str, kind: str) -> None:
    listed = [[f"`{one.signature}`", one.summary, f"`{one.example}` → `{one.result}`"] for one in ENTRIES if one.kind == kind]
    assert rows(title) == listed


def test_the_examples_are_over_the_data_that_the_page_shows() -> None:
    found = re.search(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == EXAMPLE_DATA


def test_the_page_and_the_completion_say_the_same_costs() -> None:
    assert rows("What it costs") == [[cost.what, cost.steps] for cost in COSTS]
    said = {(one.kind, one.name): one.cost for one in ENTRIES}
    assert said["function", "len"] == "6 steps for the call"
    assert "1 for each element, and for each 64 characters of the text that is searched" in said["list", "count"]
    assert "characters × (length of the part + 1) / 64" in said["text", "count"]
    assert said["operator", "[x for a in b if c]"] == "for each element a step for every part that is written down"


def test_every_operator_has_a_line() -> None:
    words = {"or", "and", "not"}
    forms = {cell for cell in first_cells("Operators") if re.search(r"[a-z]", cell) and cell not in {*words, "in", "not in", "is", "is not"}}
    assert {sign(operator()) for operator in (*ARITHMETIC, *COMPARISONS)} | words == {*first_cells("Operators")} - forms


def test_all_syntax_that_is_read_is_in_an_example() -> None:
    used = {type(part) for example in examples() for part in ast.walk(parse_expression(example.source).tree)}
    assert used >= {*ALLOWED_SYNTAX}, f"no example uses {sorted(kind.__name__ for kind in {*ALLOWED_SYNTAX} - used)}"


def test_every_name_and_word_has_a_line() -> None:
    words = {*WORDS, "True", "False", "None"}
    assert {*first_cells("Names")} == {field.name for field in fields(Scope) if field.name != "budget"} | words


def test_every_limit_has_a_line_with_its_figure() -> None:
    limits = ExpressionLimits()
    assert [row[:2] for row in rows("Limits")] == [[f"`{field.name}`", f"{getattr(limits, field.name):,}"] for field in fields(limits)]
    assert f"at most {LONGEST_TEXT:,} characters" in section("Limits")


def test_every_line_has_an_example() -> None:
    titles = ("Names", "Literals", "Operators", "Functions", "Methods of text", "Methods of lists", "Methods of objects")
    assert not [row[0] for title in titles for row in rows(title) if "→" not in row[-1]]
    assert len(examples()) == sum(len(rows(title)) for title in titles)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.source)
def test_an_example_has_the_value_that_the_page_says(example: Example) -> None:
    value = parse_expression(example.source).evaluate(scope())
    assert (value, json.dumps(value)) == (example.value, json.dumps(example.value))


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.source)
def test_the_database_agrees_where_it_decides_an_example(database: psycopg.Connection, example: Example) -> None:
    """As a condition, and as a value; where it decides neither, there is nothing to compare."""
    given = scope()
    condition = compile_condition(parse_expression(example.source).tree)
    if condition is not None:
        assert decided(database, condition.known, condition.path, given) == bool(example.value)
    program = value_program(f"{{{{ {example.source} }}}}")
    if program is not None:
        row = database.execute(
            "select interlock.evaluate_program(%s, %s, %s, %s, %s)",
            [Jsonb(program), Jsonb(given.input), Jsonb(given.context), given.subject, given.execution["id"]],
        ).fetchone()
        assert row is not None
        assert row[0] == example.value


@pytest.mark.parametrize("row", rows("Who evaluates it"), ids=lambda row: row[0])
def test_the_page_says_who_decides_a_condition(database: psycopg.Connection, row: list[str]) -> None:
    source, decider = row[0].strip("`"), row[1]
    condition = compile_condition(parse_expression(source).tree)
    assert decider == ("worker" if condition is None else "database")
    if condition is not None:
        assert decided(database, condition.known, condition.path, scope()) == parse_expression(source).is_true(scope())


@pytest.mark.parametrize("row", rows("Templates"), ids=lambda row: row[0])
def test_a_template_has_the_value_that_the_page_says(row: list[str]) -> None:
    template, value = (cell.removeprefix("`").removesuffix("`") for cell in row)
    assert render(template, scope()) == json.loads(value)


@pytest.mark.parametrize("row", rows("What is refused"), ids=lambda row: row[0])
def test_what_is_refused_has_the_code_that_the_page_says(row: list[str]) -> None:
    code, source = (CODE.findall(row[position])[0] for position in (0, 2))
    with pytest.raises(ExpressionError) as caught:
        parse_expression(source).evaluate(scope())
    assert caught.value.code == code


def test_the_execution_of_the_page_is_as_the_database_returns_it(database: psycopg.Connection) -> None:
    given = scope().execution
    assert database.execute("select interlock.execution_scope(%s)", [given["id"]]).fetchone() == (given,)


def test_every_code_has_a_line() -> None:
    said = re.search(r"code: (.*?)\n\s+message:", ExpressionError.__doc__ or "", re.DOTALL)
    assert said is not None
    assert first_cells("What is refused") == CODE.findall(said[1])


def test_the_cost_of_every_function_and_method_is_said() -> None:
    assert {*FUNCTIONS, *TEXT_METHODS, *LIST_METHODS, *OBJECT_METHODS} - {
        code for row in rows("What it costs") for code in CODE.findall(" ".join(row))
    } == set()


def test_the_figures_of_the_table_of_costs_are_those_of_the_code() -> None:
    costs = section("What it costs")
    said = {
        f"| a call of a function or method, a part `a[i:j]` | {STEPS_OF_CALL}, and what follows;",
        f"`sum` {STEPS_OF_ADDING} more |",
        f"| `str`, a value in the text of a template | {STEPS_OF_TEXT}, and three times",
        f"| 1 for a value and for each element in it, 1 for {CHARACTERS_PER_STEP} characters |",
        f"`get` | 1 for {CHARACTERS_PER_STEP} characters;",
        f"| characters of the text × characters to take away / {CHANGED_PER_STEP} |",
        f"| characters × (length of the part + 1) / {CHARACTERS_PER_STEP} |",
    }
    assert {figure for figure in said if figure not in costs} == set()
    assert costs.count("1 for 8 characters") == 3
    assert CHANGED_PER_STEP == 8


def steps_of(source: str, **given: Any) -> int:
    """The steps that an expression costs."""
    spent = Scope(input=given)
    parse_expression(source).evaluate(spent)
    return spent.budget.limits.steps - spent.budget.steps


@pytest.mark.parametrize("name", CODE.findall(next(row[0] for row in rows("What it costs") if row[0].startswith("changing or asking"))))
def test_what_changes_or_asks_each_character_costs_a_step_for_8(name: str) -> None:
    more = steps_of(f"t.{name}()", t="a" * 16_000) - steps_of(f"t.{name}()", t="a" * 8_000)
    assert more in {1_000, 1_000 + 8_000 // 64, 1_000 + 2 * 8_000 // 64}, "and the text that it makes is looked at"


@pytest.mark.parametrize(
    ("source", "steps"),
    [
        *(("len(t)", 0), ("bool(t)", 0), ("t.startswith('b')", 0), ("t.find('b')", 200), ("t.rfind('bb')", 300), ("t.count('bb')", 300)),
        *(("t == 'b'", 100), ("t.contains('b')", 200), ("t.replace('b', 'c')", 300), ("t.removeprefix('b')", 100)),
        *(("t.split('b')", 800 + 200), ("t.rsplit('bb')", 800 + 300), ("t.strip('ab')", 1_600), ("t.lstrip('a')", 800), ("t.rstrip('abc')", 2_400)),
    ],
)
def test_what_searches_a_short_text_costs_what_the_table_says(source: str, steps: int) -> None:
    """For 6,400 characters more; the text is also read, and what is made of it is made and looked at."""
    more = steps_of(source, t="a" * 12_800) - steps_of(source, t="a" * 6_400)
    assert steps <= more <= steps + 3 * 6_400 // 64


@pytest.mark.parametrize("source", ["t.find('bbb')", "t.count('bbb')", "t.contains('bbb')"])
def test_a_long_text_is_searched_for_a_step_for_8_characters(source: str) -> None:
    more = steps_of(source, t="a" * 46_400) - steps_of(source, t="a" * 40_000)
    assert 800 <= more <= 800 + 2 * 6_400 // 64


@pytest.mark.parametrize(
    ("source", "steps"),
    [
        *(("all(l)", 1), ("any(n)", 1), ("list(l)", 1), ("max(l)", 1), ("min(l)", 1), ("range(len(l))", 1), ("sum(l)", 5)),
        *(("o.keys()", 1), ("o.values()", 1), ("o.items()", 1), ("l.contains(2)", 1), ("l.count(2)", 1), ("2 in l", 1)),
    ],
)
def test_what_looks_at_elements_costs_what_the_table_says(source: str, steps: int) -> None:
    def given(count: int) -> dict[str, Any]:
        return {"l": [1] * count, "n": [0] * count, "o": {f"{number:06}": number for number in range(count)}}

    more = steps_of(source, **given(2_000)) - steps_of(source, **given(1_000))
    looked_at = {"list(l)": 1, "max(l)": 1, "min(l)": 1, "range(len(l))": 1, "o.keys()": 2, "o.values()": 1, "o.items()": 5}
    assert more == (steps + looked_at.get(source, 0)) * 1_000


@pytest.mark.parametrize(("text", "count"), [("é", 1), ("e\u0301", 2), ("😀", 1), ("👩\u200d👩\u200d👧", 5), ("🇳🇴", 2)])
def test_len_counts_code_points(text: str, count: int) -> None:
    assert parse_expression("len(text)").evaluate(Scope(input={"text": text})) == count


def test_literal_braces_are_written_as_the_page_says() -> None:
    assert render('{{ "{{" }} {{ amount }} {{ "}}" }}', scope()) == "{{ 120 }}"
    assert render('{ "json": {"a": 1} }', scope()) == '{ "json": {"a": 1} }'


def decided(database: psycopg.Connection, known: str | None, path: str, given: Scope) -> bool | None:
    """The answer of the database, None where it leaves the condition to a worker."""
    variables = {"context": given.context, "execution": given.execution, "subject": given.subject}
    query = """
        select %(known)s::text is null or jsonb_path_match(%(input)s, %(known)s::jsonpath, %(variables)s, true),
               jsonb_path_match(%(input)s, %(path)s::jsonpath, %(variables)s, true)
    """
    row = database.execute(query, {"known": known, "path": path, "input": Jsonb(given.input), "variables": Jsonb(variables)}).fetchone()
    assert row is not None
    return row[1] if row[0] is True else None
