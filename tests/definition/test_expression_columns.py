"""Errors of expressions say where they are, counted in what the author wrote."""

import pytest

from interlock.definition import ExpressionError, Scope, parse_expression, parse_template

DATA = {"order": {"lines": [{"price": 4}], "total": 5, "naïve": 1}, "name": "Ada", "note": None, "n": 0}


def found(source: str) -> tuple[int | None, str]:
    """The column of the error of an expression, and what stands there."""
    with pytest.raises(ExpressionError) as caught:
        parse_expression(source).evaluate(Scope(input=DATA))
    column = caught.value.column
    return column, "" if column is None else source[column - 1 :]


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        ("order.totl", "totl"),
        ("order.lines[0].prise", "prise"),
        ("order . totl", "totl"),
        ("order.lines[3]", "3]"),
        ('order["totl"]', '"totl"]'),
        ("order.total + name", "+ name"),
        ("(order.total) * (name) - name", "- name"),
        ("1 < order.total < name", "< name"),
        ("order.total in note", "in note"),
        ("name.nope()", "nope()"),
        ("order.total.upper()", "upper()"),
        ("1 + len(note)", "len(note)"),
        ("[x for x in note]", "note]"),
        ("any(x for x in note)", "note)"),
        ("100 / n", "n"),
        ("100 / (n)", "n)"),
        ('"é😀" + order.totl', "totl"),
        ("  order.totl  ", "totl  "),
        ("order.total +\n  order.totl", "totl"),
        ("order.total +\r\n  order.totl", "totl"),
        ("order.naïve + order.nïl", "nïl"),
        ("{{order.total}} > {{ order.totl }}", "totl }}"),
        ("{{ order.total }} + name", "+ name"),
        ("  {{ order.total }} + {{ n }} > {{ name }}", "> {{ name }}"),
        ("order.total > 1 && paid", "& paid"),
        ("order.total > ", ""),
        ("order.total + (n", "(n"),
        ("order.total + n) + (n", ") + (n"),
        ("order.total + n]", "]"),
        ('name == "Ada', '"Ada'),
        ("order.total = 5", "= 5"),
        ("order.total + foo(1)", "foo(1)"),
        ("order.total + (lambda: 1)", "lambda: 1)"),
        ("order.total is n", "is n"),
        ("order.total + [x for x, in name]", "[x for x, in name]"),
        ('"{{ name }}" == "Ada"', '{{ name }}" == "Ada"'),
    ],
)
def test_an_error_is_where_its_author_would_look(source: str, rest: str) -> None:
    column, there = found(source)
    assert column is not None
    assert there == rest or (rest == "" and there.strip() == "")


@pytest.mark.parametrize("source", ["order.totl", " order.totl", "\n\torder.totl ", "1 + order.totl", '"}}" + order.totl', "order.total) + (n"])
def test_an_error_in_a_template_is_counted_from_the_start_of_its_text(source: str) -> None:
    """Both when the template is read, and when it is rendered."""
    alone, _ = found(source)
    assert alone is not None
    for before, after in (("", ""), ("Hello 😀 ", " and more"), ("{{ name }}\n", "{{ n }}")):
        text = f"{before}{{{{{source}}}}}{after}"
        with pytest.raises(ExpressionError) as caught:
            parse_template(text).render(Scope(input=DATA))
        assert caught.value.position == len(before) + 2 + alone


def test_the_error_of_a_text_that_is_no_expression_is_in_plain_words() -> None:
    for source in (
        "order.total + (n",
        "order.total + n]",
        'name == "Ada',
        "order.total = 5",
        "a b",
        "x if y",
        "1st",
        "“x”",
        "for",
        "a \\ b",
        "007 + 1",
        "(a]",
    ):
        with pytest.raises(ExpressionError) as caught:
            parse_expression(source)
        assert caught.value.code == "syntax"
        assert not {"parenthesis", "literal", "token", "EOF", "unterminated", "invalid", "Perhaps", "unicode"} & {
            *caught.value.message.replace(".", " ").split()
        }, caught.value.message
        assert caught.value.hint
