"""Parameters that are whole expressions."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from interlock.definition.model.fields import Text


@dataclass(frozen=True, slots=True)
class IsExpression:
    """Marks a text of a parameter model as an expression, not a template."""


ExpressionText = Annotated[Text, IsExpression(), Field(min_length=1, json_schema_extra={"format": "interlock-expression"})]
