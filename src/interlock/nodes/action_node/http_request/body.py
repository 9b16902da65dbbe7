"""Reads the body of a response, and never more of it than allowed."""

import base64
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from interlock.json_text import STANDARD_LIMITS, UnreadableValue, check_json, read_foreign_json, read_json
from interlock.nodes.action_node.http_request.charsets import charset_of, decode_body, media_type_of
from interlock.nodes.errors import FinalError, RetryableError

ACCEPTED_ENCODINGS = "gzip, deflate"
_JSON_TYPES = frozenset({"application/json", "text/json"})
_TEXT_TYPES = frozenset(
    f"application/{name}"
    for name in (
        "csv", "ecmascript", "graphql", "javascript", "jsonl", "sql", "toml", "x-javascript", "x-ndjson", "x-www-form-urlencoded",
        "x-yaml", "xml", "xml-dtd", "yaml",
    )
)  # fmt: skip


class BodyTooLarge(FinalError):
    def __init__(self, limit: int, declared: int | None = None) -> None:
        size = f"{declared} bytes" if declared is not None else "more"
        super().__init__(
            "response_too_large",
            f"the response has {size}, and max_response_bytes is {limit}",
            details={"max_response_bytes": limit},
            hint="raise max_response_bytes (up to 5 MiB), or ask the server for less",
        )


async def read_body(chunks: AsyncIterator[bytes], *, encoding: str, declared: str | None, limit: int, cut: bool = False) -> bytes:
    """Returns the decoded body. It unpacks compressed chunks piece by piece, so that a small response cannot exceed the limit in memory.

    With `cut`, a body beyond the limit ends there instead of being refused.

    Raises:
        BodyTooLarge: it has more than `limit` bytes, by its own word or as read.
        FinalError: an encoding that was not asked for.
        RetryableError: compressed data that is damaged or ends early.
    """
    if not cut and declared is not None and declared.isdecimal() and len(declared) < 20 and int(declared) > limit:
        raise BodyTooLarge(limit, int(declared))
    unpack = _unpacker(encoding)
    body = bytearray()
    async for chunk in chunks:
        if unpack is None:
            body += chunk
        else:
            try:
                body += unpack.decompress(chunk, limit - len(body) + 1)
            except zlib.error as error:
                raise RetryableError("response_damaged", f"the response is not valid {encoding} data") from error
        if len(body) > limit:
            if cut:
                return bytes(body[:limit])
            raise BodyTooLarge(limit)
    if unpack is not None and body and not unpack.eof:
        raise RetryableError("response_damaged", f"the {encoding} data of the response is incomplete")
    return bytes(body)


def _unpacker(encoding: str) -> "zlib._Decompress | None":
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    raise FinalError("response_encoding", f"the server answered in the encoding {name[:50]!r}", hint=f"accepted are {ACCEPTED_ENCODINGS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBody:
    """A body as the output has it.

    Attributes:
        value: JSON, text, base64, or None for an empty body.
        type: which of these it is.
        problem: why it is not what its content type says; None if it is.
    """

    value: Any
    type: Literal["empty", "json", "text", "base64"]
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        shown = {"body": self.value, "body_type": self.type}
        return shown if self.problem is None else {**shown, "body_problem": self.problem}


EMPTY = ShownBody(value=None, type="empty")


def present_body(body: bytes, *, content_type: str, form: Literal["auto", "json", "text", "base64"]) -> ShownBody:
    """Returns the body as JSON, text or base64. `auto` looks at the content type; what cannot be read as that is marked with the reason.

    An empty body is None in every form, and so is one of white space alone where JSON is read.

    Raises:
        FinalError: `json` or `text` was asked for, and the body is not that.
    """
    media_type, charset = media_type_of(content_type), charset_of(content_type)
    says_json = media_type in _JSON_TYPES or media_type.endswith("+json")
    if not body or (not body.strip() and (form == "json" or (form == "auto" and says_json))):
        return EMPTY
    if form == "base64":
        return _as_base64(body)
    problem = None
    if form == "json" or (form == "auto" and says_json):
        try:
            return ShownBody(value=read_json(decode_body(body, charset)), type="json")
        except UnreadableValue as error:
            if form == "json":
                message = f"the response is not JSON that can be stored: {error.sentence}"
                raise FinalError("response_not_json", message, details=error.details, hint=error.hint) from None
            if error.code == "bad_number":
                with suppress(UnreadableValue):  # only numbers are beyond the limits
                    value = read_foreign_json(decode_body(body, charset))
                    return ShownBody(value=value, type="json", problem=f"a number is kept as text: {error.sentence}")
            problem = f"it is not the JSON that it says: {error.sentence}"
    if form == "text" or says_json or charset is not None or media_type in _TEXT_TYPES or media_type.startswith("text/") or _is_written(media_type):
        try:
            return ShownBody(value=_read_text(body, charset), type="text", problem=problem)
        except UnreadableValue as error:
            if form == "text":
                message = f"the response is not text that can be stored: {error.sentence}"
                raise FinalError("response_not_text", message, details=error.details, hint="use `response: base64`") from None
            problem = problem or f"it is not the text that it says: {error.sentence}"
    return _as_base64(body, problem)


def _as_base64(body: bytes, problem: str | None = None) -> ShownBody:
    return ShownBody(value=base64.b64encode(body).decode(), type="base64", problem=problem)


def _is_written(media_type: str) -> bool:
    return media_type.endswith(("+xml", "+yaml"))


def _read_text(body: bytes, charset: str | None) -> str:
    text = decode_body(body, charset)
    check_json(text, STANDARD_LIMITS)
    return text
