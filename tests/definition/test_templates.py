"""Templates: texts that contain expressions, anywhere in a JSON value."""

from typing import Any

import pytest

from interlock.definition import ExpressionError, Scope, parse_template, render
from interlock.definition.expressions.program import text_program, value_program

SCOPE = Scope(
    input={"amount": 5, "rate": 1.5, "name": "Ann", "none": None, "yes": True, "list": [1, "a"], "o": {"k": "é"}}, subject="s", context={"c": 1}
)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ amount }}", 5),
        ("{{amount}}", 5),
        ("{{ list }}", [1, "a"]),
        ("{{ none }}", None),
        (" {{ amount }}", " 5"),
        ("Approve ${{amount}}?", "Approve $5?"),
        ("{{ name }}{{ amount }}", "Ann5"),
        ("{{ rate }} {{ none }} {{ yes }} {{ list }} {{ o }}", '1.5 null true [1, "a"] {"k": "é"}'),
        ("{{ {'a': {'b': 1}}['a']['b'] }}", 1),
        ("{{ '}}' }}", "}}"),
        ('{{ "{{" }}', "{{"),
        ("{ not } a } template }", "{ not } a } template }"),
        ("}} {{ amount }}", "}} 5"),
        ("", ""),
        (5, 5),
        (None, None),
        ({"a": ["{{ amount }}", {"b": "x {{ name }}"}], "{{ key }}": 1}, {"a": [5, {"b": "x Ann"}], "{{ key }}": 1}),
    ],
)
def test_rendering(template: Any, value: Any) -> None:
    assert render(template, SCOPE) == value


def test_the_template_is_not_changed() -> None:
    template = {"a": ["{{ amount }}"]}
    render(template, SCOPE)
    assert template == {"a": ["{{ amount }}"]}


@pytest.mark.parametrize("text", ["{{ amount", "{{ amount }", "{{ }}", "{{ a b }}", "x {{ 1 + }} y", "{{ ] }}"])
def test_a_template_that_cannot_be_read_is_reported_with_its_column(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)
    assert caught.value.source == text


def test_the_column_counts_from_the_start_of_the_text() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template("Dear {{ name }}, {{ lambda: 1 }}")
    assert caught.value.column == 21


def test_a_text_that_grows_too_long_is_refused() -> None:
    with pytest.raises(ExpressionError, match="would have more than 8,388,608 characters"):
        render("{{ text }}" * 9, Scope(input={"text": "a" * 1_000_000}))


@pytest.mark.parametrize(
    ("template", "program"),
    [
        ("plain", {"literal": "plain"}),
        ("", {"literal": ""}),
        ([1, {"a": None}], {"literal": [1, {"a": None}]}),
        ("{{ 5 }}", {"literal": 5}),
        ("{{ null }}", {"literal": None}),
        ("{{ -1.5 }}", {"literal": -1.5}),
        ("{{ amount }}", {"path": ["input", "amount"]}),
        ("{{ input }}", {"path": ["input"]}),
        ("{{ input['a b'].c }}", {"path": ["input", "a b", "c"]}),
        ("{{ context.c }}", {"path": ["context", "c"]}),
        ("{{ subject }}", {"path": ["subject"]}),
        ("{{ execution.id }}", {"path": ["execution", "id"]}),
        ("a {{ x }} b", {"text": [{"literal": "a "}, {"path": ["input", "x"]}, {"literal": " b"}]}),
        ("{{ x + 1 }}", None),
        ("{{ x[0] }}", None),
        ("{{ x['0'] }}", None),
        ("{{ x[' 1'] }}", None),
        ("{{ nodes.a.output }}", None),
        ("{{ item }}", None),
        ("a {{ len(x) }}", None),
        (["{{ x }}"], None),
    ],
)
def test_value_programs(template: Any, program: Any) -> None:
    assert value_program(template) == program


def test_text_programs_always_give_text() -> None:
    assert text_program("{{ x }}") == {"text": [{"path": ["input", "x"]}]}
