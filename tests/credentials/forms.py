"""Every form in which a test looks for a secret. It is independent of the product's masking, which it tests."""

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Iterator


def forms_of(secret: str) -> dict[str, str]:
    """Returns the secret in each form, by the name of the form. Of base64, only the part that does not depend on its neighbours."""
    data = secret.encode()
    forms = {
        "plain": secret,
        "percent": urllib.parse.quote(secret, safe=""),
        "percent, lower case": re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), urllib.parse.quote(secret, safe="")),
        "path": urllib.parse.quote(secret),
        "form": urllib.parse.quote_plus(secret),
        "json": json.dumps(secret)[1:-1],
        "json, unicode": json.dumps(secret, ensure_ascii=False)[1:-1],
        "json twice": json.dumps(json.dumps(secret))[3:-3],
        "html": html.escape(secret),
        "python": repr(secret)[1:-1],
        "bytes": repr(data)[2:-1],
        "hex": data.hex(),
        "HEX": data.hex().upper(),
    }
    for offset in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            forms[f"{name} at {offset}"] = encode(bytes(offset) + data).decode()[-(-8 * offset // 6) : 8 * (offset + len(data)) // 6]
    return forms


def found_in(haystack: str | bytes, secret: str) -> list[str]:
    """Returns the forms of the secret that occur in a text or in bytes, which may be encoded as a whole."""
    data = haystack.encode(errors="surrogateescape") if isinstance(haystack, str) else haystack
    return [name for name, form in forms_of(secret).items() if any(each in data for each in _written(form))]


def _written(form: str) -> Iterator[bytes]:
    """Returns a form as it is, and as it looks in a text that was encoded as a whole: in hexadecimal (bytea) or base64."""
    yield form.encode()
    yield form.encode().hex().encode()
    for offset in range(3):
        yield base64.b64encode(bytes(offset) + form.encode())[-(-8 * offset // 6) : 8 * (offset + len(form.encode())) // 6]
