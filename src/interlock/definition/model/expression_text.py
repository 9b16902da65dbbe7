"""Parameters that are whole expressions."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from interlock.definition.model.fields import as_text


@dataclass(frozen=True, slots=True)
class IsExpression:
    """Declares that a text of a parameter model is an expression and not a template."""


ExpressionText = Annotated[str, IsExpression(), Field(min_length=1, json_schema_extra={"format": "interlock-expression"}), BeforeValidator(as_text)]
