"""One form for each email, and one name for each place that sign-ins come from."""

import ipaddress
import re
import unicodedata
from typing import Final

from interlock.errors import InvalidField, InvalidRequest

_FORM: Final = re.compile(r"[^@\s\x00-\x1f\x7f\ud800-\udfff]+@[^@\s\x00-\x1f\x7f\ud800-\udfff]+")


def canonical_email(email: str) -> str:
    """Small letters, composed (NFC). Compatible letters (NFKC) stay apart: they may be mailboxes of two people.

    Raises:
        InvalidRequest: it is not an email in that form.
    """
    canonical = unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).lower())
    if not _FORM.fullmatch(canonical) or len(canonical) > 320:
        error = InvalidField(place="email", message="this is not an email address", code="email", hint="write it as name@example.org")
        raise InvalidRequest("email: this is not an email address", fields=[error])
    return canonical


def is_plainly(email: str, canonical: str) -> bool:
    """Whether the two differ in nothing but capital letters of ASCII: no other letter became one of ASCII on the way, as `K` (Kelvin) becomes `k`."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in email) == canonical


def network_of(remote: str) -> str:
    """Whom tries from an address are counted for: the address, of IPv6 the /64, which is one subscriber's."""
    try:
        address = ipaddress.ip_address(remote.partition("%")[0])
    except ValueError:
        return "".join(letter for letter in remote if letter.isprintable())[:100] or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
