"""Reads and evaluates one text as a node would, for somebody who is writing it."""

from dataclasses import dataclass
from typing import Any, Final

from interlock.api.models.expressions import ExpressionUse, ValueType
from interlock.definition import Expression, ExpressionError, Scope, Template, parse_expression, parse_template
from interlock.definition.expressions.references import References
from interlock.definition.expressions.template import Join
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
    """Returns a value, or of a large one the beginning: the first characters of its texts, the first parts of its lists and objects.

    Returns:
        The value that is shown, and whether something is missing in it.
    """
    cutter = _Cutter()
    return cutter.shown(value), cutter.is_cut


class _Cutter:
    """Copies as much of a value as fits into the answer, in the order in which it is written."""

    def __init__(self) -> None:
        self._left = VALUE_BYTES
        self.is_cut = False

    def shown(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.shown(item) for item in value if self._has_room(2)]
        if isinstance(value, dict):
            return {key: self.shown(item) for key, item in value.items() if self._has_room(len(key) + 4)}
        self._left -= len(str(value)) if isinstance(value, int | float) else 4
        return value

    def _text(self, text: str) -> str:
        most = max(0, min(TEXT_CHARACTERS, self._left))
        self.is_cut |= len(text) > most
        self._left -= min(len(text), most)
        return text[:most]

    def _has_room(self, size: int) -> bool:
        """Whether another part begins; what comes after the first part that does not is left out, too."""
        self._left -= size
        self.is_cut |= self._left < 0
        return self._left >= 0
