"""Finds `{{ … }}` in a text."""

from collections.abc import Iterator
from dataclasses import dataclass

from interlock.definition.expressions.errors import ExpressionError


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: literal text, or the expression between `{{` and `}}`; `start` is its position in the text."""

    text: str
    is_expression: bool
    start: int


def parts(text: str) -> Iterator[Part]:
    """Yields the pieces of a text in order, without empty literal text.

    A `}}` inside quotes or brackets of an expression does not end it.

    Raises:
        ExpressionError: `syntax`, where a `{{` is not closed.
    """
    position = 0
    while True:
        start = text.find("{{", position)
        if start < 0:
            break
        if start > position:
            yield Part(text[position:start], is_expression=False, start=position)
        end = _end(text, start + 2)
        if end < 0:
            raise ExpressionError(
                "syntax", "A {{ is not closed.", 'Add }} after it. To write the braces themselves, use {{ "{{" }}.', source=text, column=start + 1
            )
        yield Part(text[start + 2 : end], is_expression=True, start=start + 2)
        position = end + 2
    if position < len(text):
        yield Part(text[position:], is_expression=False, start=position)


def condition_pieces(text: str) -> list[tuple[str, int]]:
    """Returns the pieces of a condition in which each `{{ x }}` stands for `(x)`, each with the position in the text at which it begins.

    Raises:
        ExpressionError: `syntax`, where a `{{` is not closed, or is inside quotes and so would be text.
    """
    if "{{" not in text:
        return [(text, 0)]
    found = list(parts(text))
    quoted = _quoted(found)
    if quoted is not None:
        hint = 'Remove the quotes and the braces, for example: region == "EU".'
        raise ExpressionError("syntax", "{{ }} is inside quotes.", hint, source=text, column=quoted.start - 1)
    return [piece for part in found for piece in (_bracketed(part) if part.is_expression else [(part.text, part.start)])]


def _bracketed(part: Part) -> list[tuple[str, int]]:
    return [("(", part.start - 1), (part.text, part.start), (")", part.start + len(part.text))]


def _quoted(found: list[Part]) -> Part | None:
    """Returns the first expression that begins while a quote before it is still open."""
    quote = ""
    for part in found:
        if part.is_expression:
            if quote:
                return part
            continue
        quote = _open_quote(part.text, quote)
    return None


def _open_quote(text: str, quote: str) -> str:
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif quote and character == "\\":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return quote


def _end(text: str, position: int) -> int:
    """Returns the position of the `}}` that closes the expression begun at `position`, or -1."""
    depth = 0
    quote = ""
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character == "}" and depth == 0:
            return position if text.startswith("}}", position) else -1
        elif character in ")]}":
            depth -= 1
        position += 1
    return -1
