"""The first look at a text, before any parser sees it."""

from interlock.definition.reading.limits import ReadingLimits
from interlock.definition.reading.unreadable import UnreadableDefinition


def checked_text(source: str | bytes, limits: ReadingLimits) -> str:
    """The source as text.

    Raises:
        UnreadableDefinition: it is too large, not UTF-8, or holds a NUL byte.
    """
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "surrogatepass"))
    if size > limits.text_bytes:
        raise UnreadableDefinition(
            "too_large",
            f"The definition has {size:,} bytes; at most {limits.text_bytes:,} are read.",
            "Split it, or move data out of the definition.",
        )
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableDefinition("not_utf8", f"Byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from error
    if "\0" in text:
        raise UnreadableDefinition("nul_byte", f"Character {text.index(chr(0))} is a NUL byte.", "Remove it; the database keeps no NUL bytes.")
    return text
