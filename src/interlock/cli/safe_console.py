"""A terminal that shows text of others as text, without obeying it."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

_SHOWN: Final = {
    code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)) if chr(code) not in "\n\t"
}
"""Control characters, which move a terminal's cursor or write its title or clipboard, and characters that change the direction of text."""


class SafeConsole(Console):
    """Replaces control characters in what it prints. Names, subjects, outputs and errors come from others, who must not control the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else segment.text.translate(_SHOWN)
            yield segment if text == segment.text else Segment(text, segment.style)
