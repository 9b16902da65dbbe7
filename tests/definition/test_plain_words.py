"""Whatever a library finds wrong with a value, people read it in plain words: no text of Pydantic, and no regular expression."""

import datetime as dt
import decimal
import uuid
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core._pydantic_core import list_all_errors

from interlock.definition.validation.expected import words_of
from interlock.definition.validation.shape import shape_errors
from interlock.nodes import FinalError, NodeIdentity
from interlock.worker.prepared_node import validated

LIBRARY = ("Input should", "String should", "Value should", "valid ", "pydantic", "type=", "unable to", "dictionary", "instance of", "Field required")


class Plugin(BaseModel):
    """Parameters as another package may have them."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3}-\\d+$")] = "ABC-1"
    when: Any = None


def is_plain(text: str) -> bool:
    return not any(word in text for word in LIBRARY) and not any(sign in text for sign in ("^[", "\\\\d", "{3}", '$"', ")?"))


@pytest.mark.parametrize("kind", [found["type"] for found in list_all_errors()])
def test_every_error_that_there_is_has_plain_words(kind: str) -> None:
    example: dict[str, Any] = next(dict(found) for found in list_all_errors() if found["type"] == kind)
    context = {"error": "", "pattern": "^[A-Z]{3}$", "class": "x", **(example.get("example_context") or {})}
    item = ErrorDetails(type=kind, loc=("a",), msg=example["example_message_python"], input="b", ctx=context)
    if kind in ("value_error", "assertion_error"):  # the words of our own validators
        item["msg"] = "Value error, give a or b"
    message, hint = words_of(item)
    assert message.startswith(("must ", "is "))
    assert hint
    assert is_plain(f"{message} {hint}"), (message, hint)


def test_a_pattern_of_another_package_is_not_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        Plugin.model_validate({"code": "abc"})
    (error,) = shape_errors(refused.value, {"code": "abc"}, ())
    assert error.message == 'code must have the form that its description asks for. It is "abc".'
    assert is_plain(error.message + error.hint)


def test_the_error_of_a_visit_has_plain_words_and_no_values() -> None:
    with pytest.raises(FinalError) as refused:
        validated(Plugin, {"code": "secret"}, NodeIdentity(id="a", name="A"))
    assert "code must have the form that its description asks for" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert is_plain(str(refused.value))


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "x y", [], {}, [{}], "2026-13-45"])
@pytest.mark.parametrize(
    "kind", ["int", "float", "bool", "str", "list[int]", "dict[str, int]", "date", "datetime", "timedelta", "UUID", "Decimal", "bytes", "time"]
)
def test_any_kind_of_value_has_plain_words(kind: str, value: Any) -> None:
    names = {**vars(dt), "UUID": uuid.UUID, "Decimal": decimal.Decimal}
    try:
        TypeAdapter(eval(kind, names)).validate_python(value, strict=True)
    except ValidationError as refused:
        for item in refused.errors(include_url=False):
            assert is_plain(" ".join(words_of(item))), item
