"""The texts and numbers of a definition, each with its limits."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field, JsonValue

NODE_LIMIT: Final = 5_000
CONNECTION_LIMIT: Final = 50_000
TAG_LIMIT: Final = 50
EXPRESSION_LIMIT: Final = 10_000
LONGEST_SECONDS: Final = 3_153_600_000  # a hundred years, as the database waits at most


def as_text(value: object) -> object:
    """Returns text for a value that YAML read as something else: `true` and `2024` are ordinary names where a name is expected."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


_AS_TEXT = BeforeValidator(as_text)

Text = Annotated[str, _AS_TEXT]
WorkflowName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$"), _AS_TEXT]
NodeId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_]([A-Za-z0-9_. -]*[A-Za-z0-9_.-])?$"), _AS_TEXT]
NodeReference = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"format": "interlock-node"}), _AS_TEXT]
"""The id of another node. Whether there is one is a rule of its own, with a message that says so."""
NodeName = Annotated[str, Field(min_length=1, max_length=200), _AS_TEXT]
TypeName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Z][A-Z0-9_]*$"), _AS_TEXT]
PortName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"), _AS_TEXT]
QueueName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"), _AS_TEXT]
Tag = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"), _AS_TEXT]
LockTemplate = Annotated[str, Field(min_length=1, max_length=1_000), _AS_TEXT]

Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
TimeoutSeconds = Annotated[Number, Field(gt=0, le=LONGEST_SECONDS)]

Parameters = dict[str, JsonValue]
