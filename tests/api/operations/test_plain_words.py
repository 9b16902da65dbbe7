"""No refusal of a request shows the text of a library or a regular expression."""

from typing import Any

import pytest
from pydantic import ValidationError

from interlock.api.invalid_fields import invalid_fields
from interlock.api.operations import OPERATIONS, Operation
from tests.definition.test_plain_words import is_plain

BAD: tuple[Any, ...] = (None, True, -1, 1.5, "", " ", "x y", "\u200b", "?" * 2_000, [], {}, [{}], [None], {"a": {}})


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_field_of_every_operation_is_refused_in_plain_words(operation: Operation) -> None:
    for name in (*operation.request.model_fields, "no_such_field"):
        for value in BAD:
            try:
                operation.request.model_validate({name: value})
            except ValidationError as error:
                for field in invalid_fields(error):
                    assert field.hint, field
                    assert is_plain(f"{field.message} {field.hint}"), field
