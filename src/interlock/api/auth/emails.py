"""One canonical form for each email, and one name for each network that sign-ins come from."""

import ipaddress
import re
import unicodedata
from typing import Final

from interlock.errors import InvalidField, InvalidRequest

_FORM: Final = re.compile(r"[^@\s\x00-\x1f\x7f\ud800-\udfff]+@[^@\s\x00-\x1f\x7f\ud800-\udfff]+")


def canonical_email(email: str) -> str:
    """Returns an email in lower case and composed (NFC). Compatible letters (NFKC) stay different: they may belong to two people.

    Raises:
        InvalidRequest: it is not an email address.
    """
    canonical = unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).lower())
    if not _FORM.fullmatch(canonical) or len(canonical) > 320:
        error = InvalidField(place="email", message="this is not an email address", code="email", hint="write it as name@example.org")
        raise InvalidRequest("email: this is not an email address", fields=[error])
    return canonical


def is_plainly(email: str, canonical: str) -> bool:
    """Returns whether the two differ only in upper-case letters of ASCII. No other letter may become one, as `K` (Kelvin) becomes `k`."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in email) == canonical


def network_of(remote: str) -> str:
    """Returns the network that tries from an address are counted for: the address itself, or the /64 of IPv6, which belongs to one subscriber."""
    try:
        address = ipaddress.ip_address(remote.partition("%")[0])
    except ValueError:
        return "".join(letter for letter in remote if letter.isprintable())[:100] or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
