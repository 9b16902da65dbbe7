"""The kinds of text and numbers that definitions are made of, each with its limits."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field, JsonValue

NODE_LIMIT: Final = 5_000
CONNECTION_LIMIT: Final = 50_000
TAG_LIMIT: Final = 50
LONGEST_SECONDS: Final = 3_153_600_000  # a hundred years, as the database waits at most


def as_text(value: object) -> object:
    """Text where YAML read something else: `true` and `2024` are names like any other where a name is expected."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


Text = Annotated[str, BeforeValidator(as_text)]
WorkflowName = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$")]
NodeId = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_]([A-Za-z0-9_. -]*[A-Za-z0-9_.-])?$")]
NodeName = Annotated[Text, Field(min_length=1, max_length=200)]
TypeName = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"^[A-Z][A-Z0-9_]*$")]
PortName = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
QueueName = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
Tag = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
LockTemplate = Annotated[Text, Field(min_length=1, max_length=1_000)]

Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
TimeoutSeconds = Annotated[Number, Field(gt=0, le=LONGEST_SECONDS)]

Parameters = dict[str, JsonValue]
