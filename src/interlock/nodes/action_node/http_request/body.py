"""Reads the body of a response, and never more of it than allowed."""

import base64
import zlib
from collections.abc import AsyncIterator
from typing import Any, Literal

from interlock.json_text import STANDARD_LIMITS, UnreadableValue, check_json, read_json
from interlock.nodes.errors import FinalError, RetryableError

ACCEPTED_ENCODINGS = "gzip, deflate"


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


def present_body(body: bytes, *, content_type: str, charset: str | None, form: Literal["auto", "json", "text", "base64"]) -> Any:
    """Returns the body as JSON, text or base64. `auto` looks at the content type; JSON that does not parse becomes text.

    Raises:
        FinalError: `json` or `text` was asked for, and the body is not that.
    """
    if form == "base64":
        return base64.b64encode(body).decode()
    media_type = content_type.split(";", maxsplit=1)[0].strip().lower()
    says_json = media_type == "application/json" or media_type.endswith("+json")
    if form == "json" or (form == "auto" and says_json):
        try:
            return _read_json(body, charset)
        except UnreadableValue as error:
            if form == "json":
                raise FinalError(
                    "response_not_json", f"the response is not JSON that can be stored: {error.sentence}", details=error.details, hint=error.hint
                ) from None
    if form == "text" or says_json or media_type.startswith("text/") or not body:
        try:
            text = body.decode(charset or "utf-8", errors="strict")
            check_json(text, STANDARD_LIMITS)
        except (ValueError, LookupError) as error:
            if form == "text":
                raise FinalError("response_not_text", f"the response is not text that can be stored: {error}") from None
        else:
            return text
    return base64.b64encode(body).decode()


def _read_json(body: bytes, charset: str | None) -> Any:
    """Returns the JSON of a body in UTF-8, or in the character set that the server named. An empty body is null."""
    if not body.strip():
        return None
    try:
        return read_json(body)
    except UnreadableValue as error:
        if error.code not in {"not_utf8", "nul_byte"} or charset is None:
            raise
        try:
            return read_json(body.decode(charset))
        except (UnicodeDecodeError, LookupError):
            raise error from None
