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

_UNSEEN: Final = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff0-\ufffb"
)
_BLANK: Final = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
VISIBLE: Final = rf"^[^{_BLANK}{_UNSEEN}\u200c\u200d\ufe00-\ufe0f]([^{_UNSEEN}]*[^{_BLANK}{_UNSEEN}\u200c\u200d])?$"
"""A name that people see: no control characters and none without a shape (zero width, direction marks), and no blanks at its ends.

Joiners between signs stay allowed, because languages and emoji need them. The pages have the same pattern.
"""

Text = Annotated[str, _AS_TEXT]
WorkflowName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$"), _AS_TEXT]
NodeId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_]([A-Za-z0-9_. -]*[A-Za-z0-9_.-])?$"), _AS_TEXT]
NodeReference = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"format": "interlock-node"}), _AS_TEXT]
"""The id of another node. Whether there is one is a rule of its own, with a message that says so."""
NodeName = Annotated[str, Field(min_length=1, max_length=200, pattern=VISIBLE), _AS_TEXT]
TypeName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Z][A-Z0-9_]*$"), _AS_TEXT]
PortName = Annotated[str, Field(min_length=1, max_length=100, pattern=VISIBLE), _AS_TEXT]
QueueName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"), _AS_TEXT]
Tag = Annotated[str, Field(min_length=1, max_length=100, pattern=VISIBLE), _AS_TEXT]
LockTemplate = Annotated[str, Field(min_length=1, max_length=1_000), _AS_TEXT]

Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
TimeoutSeconds = Annotated[Number, Field(gt=0, le=LONGEST_SECONDS)]

Parameters = dict[str, JsonValue]
