"""Makes the URL of a template: what its expressions put into it is encoded by where it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from interlock.definition.expressions.template import RenderedPiece
from interlock.nodes.errors import FinalError

LONGEST_URL = 8192
_SCHEME = re.compile(r"[A-Za-z0-9+.-]*://")
_ENDS_SERVER = re.compile("[/?#&=]")
_ENDS_PATH = re.compile("[?#]")
_NOT_IN_HOST = frozenset("/?#@\\")
_HINT = "to make a URL of several parts without encoding, write it as one expression: {{ base + path }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Where the parts of a URL end in the text that its author wrote. What has no end is as long as the text."""

    text: str
    server_end: int
    path_end: int

    @classmethod
    def of(cls, text: str) -> "_Parts":
        scheme = _SCHEME.match(text)
        ends = _ENDS_SERVER.search(text, scheme.end() if scheme else 0)
        server_end = ends.start() if ends else len(text)
        after = _ENDS_PATH.search(text, server_end)
        path_end = after.start() if after else len(text)
        return cls(text=text, server_end=server_end, path_end=path_end if ends and ends[0] == "/" else server_end)

    def path_in(self, offset: int, text: str) -> str:
        """Returns what of a piece of the text, at this offset, belongs to the path."""
        return text[max(0, self.server_end - offset) : max(0, self.path_end - offset)]


def join_url(pieces: Sequence[RenderedPiece]) -> str:
    """Returns the URL of its pieces, text and values of expressions, with the values encoded by where they stand.

    Before the first `/`, `?`, `#`, `&` or `=` that the author wrote (`://` aside) a value is a part of the server's address and stays as it is, so
    that a template may hold the beginning of a URL. After it everything but letters, digits, `-`, `.`, `_` and `~` is percent-encoded.

    Raises:
        FinalError: a value would lead to another server or another folder: a `/` in a part of a host, a segment of the path that is `..`.
    """
    parts = _Parts.of("".join(piece.text for piece in pieces if not piece.is_expression))
    if sum(len(piece.text) for piece in pieces) > LONGEST_URL:  # it is refused for its length, so nothing is encoded
        return "".join(piece.text for piece in pieces)
    made: list[str] = []
    path: list[RenderedPiece] = []
    offset = 0
    for piece in pieces:
        if not piece.is_expression:
            path.append(RenderedPiece(text=parts.path_in(offset, piece.text), is_expression=False))
            made.append(piece.text)
            offset += len(piece.text)
        elif offset <= parts.server_end:
            made.append(_in_server(piece.text, parts.text[:offset], parts.text[offset:]))
        else:
            made.append(quote(piece.text, safe=""))
            if offset <= parts.path_end:
                path.append(piece)
    _check_segments(path)
    return "".join(made)


def _in_server(text: str, before: str, after: str) -> str:
    if before and "@" in _ENDS_SERVER.split(after, maxsplit=1)[0]:
        return quote(text, safe="")
    if before and after and (any(character in _NOT_IN_HOST for character in text) or not text.isprintable() or " " in text):
        message = "a template put a character into the host of the url that no host has, so it would lead to another server"
        raise FinalError("url_refused", message, hint=_HINT)
    return text


def _check_segments(path: Sequence[RenderedPiece]) -> None:
    """Refuses a segment `.` or `..` of the path that a template made or completed: clients and servers take it for the way to another folder."""
    segment, is_templated = "", False
    for piece in path:
        first, *others = [piece.text] if piece.is_expression else piece.text.split("/")
        segment, is_templated = segment + first, is_templated or piece.is_expression
        for other in others:
            _check_segment(segment, is_templated=is_templated)
            segment, is_templated = other, False
    _check_segment(segment, is_templated=is_templated)


def _check_segment(segment: str, *, is_templated: bool) -> None:
    if is_templated and segment in (".", ".."):
        raise FinalError("url_refused", f"a template made a part of the path that is {segment!r}, which would lead to another folder", hint=_HINT)
