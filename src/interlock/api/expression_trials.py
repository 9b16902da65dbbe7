"""Reads and evaluates one text as a node would, for somebody who is writing it."""

from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from interlock.api.models.expressions import ExpressionUse, ValueType
from interlock.definition import Expression, ExpressionError, Scope, Template, parse_expression, parse_template
from interlock.definition.expressions.references import References
from interlock.definition.expressions.template import Join
from interlock.json_text import UnreadableValue, write_json
from interlock.nodes import FinalError

EXPRESSION_LIMIT: Final = 500
"""Maximum number of expressions in one template."""
VALUE_BYTES: Final = 64 * 1024
"""Maximum size of a value that is returned whole."""
TEXT_CHARACTERS: Final = 10_000
"""How much of a longer text is returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A text that was read.

    Attributes:
        join: what makes the text of a template, where this is more than putting the pieces together.
    """

    parsed: Expression | Template
    join: Join | None = None

    @property
    def references(self) -> References:
        return self.parsed.references


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A value, shortened if it is large; `size` is the number of characters, elements or keys of the whole value."""

    type: ValueType
    value: Any
    is_shortened: bool
    size: int | None
    is_true: bool


def parse_trial(text: str, use: ExpressionUse, join: Join | None = None) -> Trial:
    """Reads a text by its use.

    Raises:
        ExpressionError: it cannot be read, or has too many expressions.
    """
    if use != "template":
        return Trial(parsed=parse_expression(text))
    if text.count("{{") > EXPRESSION_LIMIT:
        raise ExpressionError("limit", f"The text has more than {EXPRESSION_LIMIT} expressions.", "Shorten it.", source=text)
    return Trial(parsed=parse_template(text), join=join)


def run_trial(trial: Trial, scope: Scope) -> Outcome:
    """Returns the value of a text over the data that it sees.

    Raises:
        ExpressionError: it has no value over this data.
    """
    value = _value_of(trial, scope)
    kind = type_of(value)
    shown, is_shortened = shortened(value)
    size = len(value) if isinstance(value, str | list | dict) else None
    return Outcome(type=kind, value=shown, is_shortened=is_shortened, size=size, is_true=bool(value))


def _value_of(trial: Trial, scope: Scope) -> Any:
    if isinstance(trial.parsed, Expression):
        return trial.parsed.evaluate(scope)
    try:
        return trial.parsed.render(scope) if trial.join is None else trial.parsed.render_joined(scope, trial.join)
    except FinalError as error:  # of the join
        raise ExpressionError("bad_value", error.message, error.hint or "Check the values.") from error


def type_of(value: Any) -> ValueType:
    """Returns the type of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "object" if isinstance(value, dict) else "list"


def shortened(value: Any) -> tuple[Any, bool]:
    """Returns a value, or of a large one the beginning: of a text its first characters, of a list or an object the first parts that are small enough.

    Returns:
        The value that is shown, and whether something is missing in it.
    """
    if isinstance(value, str):
        return (value, False) if len(value) <= TEXT_CHARACTERS else (value[:TEXT_CHARACTERS], True)
    if not isinstance(value, list | dict):
        return value, False
    left, is_shortened = VALUE_BYTES, False
    pairs: list[tuple[Any, Any]] = []
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in islice(parts, VALUE_BYTES):
        shown, is_cut = shortened(item) if isinstance(item, str) else (item, False)
        left -= _size(shown) + (len(key) if isinstance(key, str) else 0)
        if left < 0:
            break
        is_shortened |= is_cut
        pairs.append((key, shown))
    is_shortened |= len(pairs) < len(value)
    return (dict(pairs) if isinstance(value, dict) else [item for _, item in pairs]), is_shortened


def _size(value: Any) -> int:
    try:
        return len(write_json(value)) + 1
    except UnreadableValue:  # it could not be stored either
        return VALUE_BYTES + 1
