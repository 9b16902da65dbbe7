"""How much work the expressions of one visit may still do, and how much they may still make."""

from collections.abc import Iterable
from typing import Any, Final

from interlock.definition.expressions.errors import ExpressionError
from interlock.definition.expressions.limits import STANDARD_LIMITS, ExpressionLimits
from interlock.definition.expressions.values import is_finite, json_text
from interlock.json_text import UnreadableValue, write_json

CHARACTERS_PER_STEP: Final = 64
"""How many characters are copied or compared in the time of one step."""
CHANGED_PER_STEP: Final = 8
"""How many characters are looked up or changed, one by one, in the time of one step."""
BYTES_OF_CHARACTER: Final = 4
BYTES_OF_ELEMENT: Final = 64
_LONG_TEXT: Final = 30_000
"""From this length on, CPython searches a text from the left in time that grows with the length alone (bpo-41972)."""
STEPS_OF_CALL: Final = 6
STEPS_OF_ADDING: Final = 4
STEPS_OF_TEXT: Final = 12
"""Of writing a value as JSON, however small it is."""
_SMALL: Final = frozenset({float, bool, type(None)})


class Budget:
    """The budget of one visit: all expressions that are evaluated over its scope spend from it.

    It counts work and not time, so the same expressions over the same data always pass or always fail. A step takes about 0.1 µs.
    """

    __slots__ = ("_passed_on", "bytes", "limits", "steps")

    def __init__(self, limits: ExpressionLimits = STANDARD_LIMITS) -> None:
        self.limits = limits
        self.steps = limits.steps
        self.bytes = limits.bytes
        self._passed_on: dict[int, int] = {}

    def spend(self, steps: int) -> None:
        """Takes steps from the budget.

        Raises:
            ExpressionError: `limit`, where none are left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionError("limit", f"The expressions of one visit may take {self.limits.steps:,} steps.", "Use a RUN_CODE node for this.")

    def make(self, count: int) -> None:
        """Takes bytes from the budget.

        Raises:
            ExpressionError: `limit`, where none are left.
        """
        self.bytes -= count
        if self.bytes < 0:
            raise ExpressionError(
                "limit", f"The expressions of one visit may make {self.limits.bytes:,} bytes.", "Make smaller values, or spread them over nodes."
            )

    def weigh(self, value: Any) -> int:
        """Takes steps for every value inside, so that comparing or writing whole structures counts as work.

        Returns:
            How many characters the texts and keys inside have.
        """
        characters, pending = 0, [value]
        while pending:
            item = pending.pop()
            if isinstance(item, str):
                characters += len(item)
                self.spend(1 + len(item) // CHARACTERS_PER_STEP)
            elif isinstance(item, list):
                self.spend(1 + len(item))
                pending += _heavy(item)
            elif isinstance(item, dict):
                keys = sum(map(len, item))
                characters += keys
                self.spend(1 + len(item) + keys // CHARACTERS_PER_STEP)
                pending += _heavy(item.values())
            elif isinstance(item, int):
                self.weigh_digits(item, item)
        return characters

    def weigh_digits(self, left: Any, right: Any) -> None:
        """Takes the steps of multiplying, dividing or writing whole numbers, whose cost grows with the product of their lengths."""
        if isinstance(left, int) and isinstance(right, int):
            left_words, right_words = left.bit_length() >> 6, right.bit_length() >> 6
            if left_words or right_words:
                self.spend((left_words + right_words >> 3) + (left_words * right_words >> 5))

    def number(self, value: Any) -> Any:
        """Returns the result of arithmetic, if JSON can hold it.

        Raises:
            ExpressionError: it is not finite, not real, or too large.
        """
        if isinstance(value, complex) or not is_finite(value):
            raise ExpressionError("bad_value", "The result is not a finite real number.", "Check the values that it is computed from.")
        if isinstance(value, int) and value.bit_length() > self.limits.integer_bits:
            raise ExpressionError("limit", f"The result has more than {self.limits.integer_bits:,} bits.", "Calculate with smaller numbers.")
        return value

    def read_text(self, characters: int, per_step: int = CHARACTERS_PER_STEP) -> None:
        """Refuses a text of this length if it is too long, and takes the steps of looking at each of its characters."""
        if characters > self.limits.text_characters:
            raise ExpressionError(
                "limit", f"The text would have {characters:,} characters; the limit is {self.limits.text_characters:,}.", "Make a shorter text."
            )
        self.spend(characters // per_step)

    def make_text(self, characters: int, per_step: int = CHARACTERS_PER_STEP) -> None:
        """Refuses to make a text of this length if it is too long."""
        self.read_text(characters, per_step)
        self.make(characters * BYTES_OF_CHARACTER)

    def make_elements(self, count: int) -> None:
        """Refuses to make a list or object of this many elements if it is too long."""
        if count > self.limits.elements:
            raise ExpressionError("limit", f"The list would have {count:,} elements; the limit is {self.limits.elements:,}.", "Make a shorter list.")
        self.spend(count)
        self.make(count * BYTES_OF_ELEMENT)

    def search(self, length: int, wanted: int, *, is_from_left: bool = True) -> None:
        """Takes the steps of searching a text of this length for one of the length `wanted`, in the worst case."""
        if is_from_left and (length >= _LONG_TEXT or wanted > length):
            self.spend(length // CHANGED_PER_STEP)
        else:
            self.spend((length + length * min(wanted, max(0, length - wanted) + 1)) // CHARACTERS_PER_STEP)

    def text_of(self, value: Any, longest: int) -> str:
        """Returns a value as text: text as it is, everything else as JSON.

        Raises:
            ExpressionError: `limit`, where it would have more than `longest` characters.
        """
        if isinstance(value, str):
            made, characters = value, len(value)
        else:
            before = self.steps
            characters = self.weigh(value)
            self.spend(STEPS_OF_TEXT + 2 * (before - self.steps))
            made = "" if characters > longest else json_text(value)
            characters = max(characters, len(made))
        if characters > longest:
            raise ExpressionError("limit", f"The text would have {characters:,} characters; the limit is {longest:,}.", "Make a shorter text.")
        self.make(characters * BYTES_OF_CHARACTER)
        return made

    def pass_on(self, value: Any) -> None:
        """Takes the bytes of a part of the scope that becomes a part of a parameter, each time: a short template can name a large value very often.

        Raises:
            ExpressionError: `limit`, where none are left.
        """
        if isinstance(value, str):
            self.make(len(value))
        elif isinstance(value, dict | list):
            size = self._passed_on.get(id(value))
            if size is None:
                size = self._passed_on[id(value)] = self._size_of(value)
            self.make(size)

    def _size_of(self, value: dict[str, Any] | list[Any]) -> int:
        try:
            return len(write_json(value))
        except UnreadableValue:  # it cannot be stored, so it cannot be passed on
            return self.limits.bytes + 1


def _heavy(values: Iterable[Any]) -> list[Any]:
    """Returns the values that cost more than one step."""
    return [value for value in values if (kind := type(value)) not in _SMALL and (kind is not int or value.bit_length() > 64)]
