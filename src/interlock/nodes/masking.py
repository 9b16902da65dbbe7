"""Finds secrets by their value, however they were written down, and puts a mark in their place.

A secret is found as it is, percent-encoded (whole or in part), escaped as in JSON (also twice), HTML and Python, in hexadecimal, and in base64 at
any offset, so also inside a longer text that was encoded as a whole. What was compressed, encrypted, reversed or cut in two is not found.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from urllib.parse import quote, quote_plus

from interlock.json_text import STANDARD_LIMITS, UnreadableValue, read_stored_json, write_json

LONGEST_SPELLED: Final = 2_000  # characters; of longer secrets only the usual spellings are known, a pattern of each character would be too large
LONGEST_MARGIN: Final = 65_536
_PLAIN: Final = re.compile(r"[A-Za-z0-9]+")
_WRAPPED: Final = re.compile(r"(?<=[A-Za-z0-9+/]{40})(?:\r?\n)(?=[A-Za-z0-9+/=])")
_BASE64: Final = "[A-Za-z0-9+/_-]"
_CONTROL: Final = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_PARTS: Final = re.compile(r"\\+[^\\]?|[^\\]", re.DOTALL)
_ESCAPES: Final = 15
"""So many backslashes stand before a character that was escaped four times. Patterns are bounded, and no text fits one in two ways, so no pattern
takes long: a server that answers with a million backslashes does not hold up a worker."""
_BACKSLASHES: Final = rf"\\{{1,{_ESCAPES}}}+"


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """One way in which a secret may be written.

    Attributes:
        probe: a text that is there wherever the pattern matches, to find quickly that it is not; may be empty.
    """

    probe: str
    pattern: re.Pattern[str]
    mark: str


class Masker:
    """Masks what these forms find. It is as secret as the values that it looks for, so it is never printed."""

    __slots__ = ("_forms", "margin")

    def __init__(self, forms: Iterable[Form]) -> None:
        self._forms = tuple(sorted(forms, key=lambda form: -len(form.pattern.pattern)))
        self.margin: int = min(LONGEST_MARGIN, max((len(form.pattern.pattern) for form in self._forms), default=0))
        """How far, in characters, a secret that begins before some place can go on after it."""

    def text(self, text: str) -> str:
        """Returns the text with `[credential NAME]` in the place of each secret."""
        masked = self._replaced(text)
        if self._forms and "\n" in masked:
            unwrapped = _WRAPPED.sub("", masked)
            again = self._replaced(unwrapped)
            return masked if again == unwrapped else again
        return masked

    def json(self, value: Any) -> Any:
        """Returns a JSON value with its texts, keys and numbers masked. What is not JSON stays as it is, and is refused later.

        Where nothing is to be masked, the value itself comes back.
        """
        written = _written(value)
        if written is None:
            masked = self._masked(value)
            return value if masked == value else masked
        if not (self._may_be_in(written) or self._may_be_in(written.replace("\\r", "").replace("\\n", ""))):
            return value
        return self._masked(read_stored_json(written))

    def _replaced(self, text: str) -> str:
        for form in self._forms:
            if form.probe in text:
                text = form.pattern.sub(form.mark, text)
        return text

    def _may_be_in(self, written: str) -> bool:
        return any(form.probe in written for form in self._forms)

    def _masked(self, value: Any, depth: int = 0) -> Any:
        if depth > STANDARD_LIMITS.depth + 1:
            return value
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(key) if isinstance(key, str) else key: self._masked(item, depth + 1) for key, item in value.items()}
            case list():
                return [self._masked(item, depth + 1) for item in value]
            case bool() | None:
                return value
            case _:
                written = _written(value)
                masked = self.text(written or "")
                return value if masked == (written or "") else masked

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._forms)} forms)"


def forms_of(value: str, name: str) -> Iterator[Form]:
    """Returns the forms of one secret of the credential `name`."""
    mark = f"[credential {name}]"
    for spelled in dict.fromkeys([value, value.strip()]):
        if spelled:
            probe = max(_PLAIN.findall(spelled), key=len, default="")  # letters and digits are written as themselves everywhere
            yield Form(probe, re.compile(_spellings(spelled)), mark)
    data = value.encode(errors="surrogatepass")
    for digits in (data.hex(), data.hex().upper()):
        yield Form(digits, re.compile(digits), mark)
    for probe, pattern in dict.fromkeys(form for encode in (base64.b64encode, base64.urlsafe_b64encode) for form in _base64_forms(data, encode)):
        yield Form(probe, re.compile(pattern), mark)


def _written(value: Any) -> str | None:
    try:
        return write_json(value).decode()
    except UnreadableValue:
        return None


def _spellings(value: str) -> str:
    if len(value) <= LONGEST_SPELLED:
        return "".join(map(_spellings_of, _PARTS.findall(value)))
    usual = {value, quote(value, safe=""), quote(value), quote_plus(value), escape(value), json.dumps(value)[1:-1]}
    usual |= {json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    return "|".join(sorted(map(re.escape, usual), key=len, reverse=True))


def _spellings_of(part: str) -> str:
    """A pattern for every way in which texts, addresses, JSON, HTML and Python write a character, or some backslashes and what follows them."""
    rest = part.lstrip("\\")
    if count := len(part) - len(rest):
        # Those that stand for themselves and those that escape what follows cannot be told apart: they are one run.
        run = rf"\\{{{count},{count * (_ESCAPES + 1) + len(rest) * _ESCAPES}}}+"
        after = f"(?:{_written_as(rest, '')})" if rest else ""
        return f"(?:{_coded(part[0], _BACKSLASHES) * count}{_spellings_of(rest) if rest else ''}|{run}{after})"
    return part if _PLAIN.fullmatch(part) else f"(?:{_written_as(part, _BACKSLASHES)})"


def _written_as(character: str, before: str) -> str:
    """The ways to write a character; `before` stands for the backslashes where one of them begins with some."""
    if _PLAIN.fullmatch(character):
        return character
    plain = [(rf"\\{{0,{_ESCAPES}}}+" if before else "") + re.escape(character)]
    if escape(character) != character:
        plain.append(re.escape(escape(character)))
    if character in _CONTROL:
        plain.append(before + _CONTROL[character])
    if character == " ":
        plain.append(r"\+")
    if not character.isascii():
        plain.append(re.escape(character.encode(errors="surrogatepass").decode("latin-1")))
    return f"{_coded(character, before)}|{'|'.join(plain)}"


def _coded(character: str, before: str) -> str:
    """Written with the number of the character, or of its bytes."""
    data = character.encode(errors="surrogatepass")
    units = character.encode("utf-16-be", errors="surrogatepass")
    coded = [
        "".join(f"%{byte:02x}" for byte in data),
        before + _BACKSLASHES.join(f"x{byte:02x}" for byte in data),
        before + _BACKSLASHES.join(f"u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)),
        f"&#0{{0,8}}{ord(character)};|&#x0{{0,8}}{ord(character):x};",
    ]
    return f"(?i:{'|'.join(coded)})"


def _base64_forms(data: bytes, encode: Callable[[bytes], bytes]) -> Iterator[tuple[str, str]]:
    """Base64 of the data at each of the three offsets that it can have in something longer; the characters that it shares with its neighbours
    are taken along.
    """
    for offset in range(3):
        bits = 8 * (offset + len(data))
        whole = encode(bytes(offset) + data).decode()[-(-8 * offset // 6) : bits // 6]
        if whole:
            before = f"{_BASE64}?" if offset else ""
            after = f"{_BASE64}?" if bits % 6 else ""
            yield whole, f"{before}{re.escape(whole)}{after}=*"
