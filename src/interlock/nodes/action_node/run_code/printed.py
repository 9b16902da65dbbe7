"""What the code printed, up to a limit; the rest is dropped, not an error."""

from typing import Literal

LIMIT = 65_536
_CUT = "\n[the rest is left out]"


class Printed:
    def __init__(self, limit: int = LIMIT) -> None:
        self._parts: list[str] = []
        self._room = limit
        self._is_cut = False

    def write(self, _stream: Literal["stdout", "stderr"], text: str) -> None:
        if len(text) > self._room:
            text, self._is_cut = text[: self._room], True
        if text:
            self._parts.append(text)
            self._room -= len(text)

    @property
    def text(self) -> str:
        written = "".join(self._parts).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        return written + _CUT if self._is_cut else written
