"""Decodes bodies: the character set that the server named, else the one of a byte order mark, else UTF-8."""

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases

from interlock.json_text import UnreadableValue

_CHARSET = re.compile(r""";\s*charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^;,\s"']+))""", re.IGNORECASE)
# What Python calls an encoding and is no character set; UTF-7 is one that hides what a text says. Decoders such as `idna` and `punycode`, which take
# time in proportion to the square of the text, are not among the aliases.
_NO_CHARSETS = frozenset({"base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13", "utf_7", "uu_codec", "zlib_codec"})
_NAMES = (
    {name: codec for name, codec in aliases.items() if codec not in _NO_CHARSETS}
    | {codec: codec for codec in aliases.values() if codec not in _NO_CHARSETS}
    | {name: name for name in ("cp720", "cp737", "cp856", "cp874", "cp875", "cp1006", "koi8_t", "koi8_u", "mac_croatian", "mac_romanian")}
    | dict.fromkeys(("utf_8", "unicode_1_1_utf_8", *(name for name, codec in aliases.items() if codec == "utf_8")), "utf_8_sig")
    | {"x_sjis": "shift_jis", "x_euc_jp": "euc_jp", "x_gbk": "gbk"}
    | {"windows_874": "cp874", "iso_8859_8_i": "iso8859_8", "iso_8859_8_e": "iso8859_8"}
)
_MARKS = (
    (codecs.BOM_UTF8, "utf_8_sig"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)


def media_type_of(content_type: str) -> str:
    """Returns the media type of a `Content-Type` header, in lower case; empty if it has none."""
    return content_type.split(";", maxsplit=1)[0].strip().lower()


def charset_of(content_type: str) -> str | None:
    """Returns the character set that a `Content-Type` header names; None if it names none."""
    found = _CHARSET.search(content_type)
    return None if found is None else next(name for name in found.groups() if name is not None).strip() or None


def decode_body(body: bytes, charset: str | None) -> str:
    """Returns the text of a body, without a byte order mark.

    Raises:
        UnreadableValue: `unknown_charset`, the name is that of none, or `not_in_charset`, some byte does not belong to it.
    """
    codec = codec_of(charset) if charset is not None else next((codec for mark, codec in _MARKS if body.startswith(mark)), "utf_8_sig")
    if codec is None:
        raise UnreadableValue("unknown_charset", f"the character set {charset!r:.60} is unknown.", "Ask for another one, or use `response: base64`.")
    try:
        return body.decode(codec)
    except UnicodeError as error:
        place = f" at position {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        message = f"there is a byte{place} that is not {charset or 'UTF-8'}."
        raise UnreadableValue("not_in_charset", message, "Let the server name the character set that it uses, or use `response: base64`.") from None


def codec_of(charset: str) -> str | None:
    """Returns Python's name for a character set; None if it is unknown."""
    return _NAMES.get(normalize_encoding(charset.strip()).lower()) if charset.isascii() and len(charset) <= 40 else None
