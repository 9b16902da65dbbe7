"""The rules that a credential's values must follow to be saved."""

from collections.abc import Iterator, Mapping
from typing import Final

from interlock.errors import InvalidField
from interlock.nodes.action_node.sql_query.connection_string import ConnectionStringRefused, check_parameters, parse_connection_string
from interlock.nodes.credential import HEADER_NAME, HEADER_VALUE, HEADERS_WITHOUT_SECRETS, KINDS, SHORTEST_SECRET

_SHORT: Final = f"a secret has at least {SHORTEST_SECRET} characters: a shorter one occurs in ordinary text and cannot be masked"


def errors_of(kind: str, fields: Mapping[str, str]) -> list[InvalidField]:
    """Returns what is wrong with these values, without showing any of them; an empty list if they can be saved."""
    return [*_names(kind, fields), *_texts(kind, fields), *_RULES.get(kind, _accept_any)(fields)]


def _names(kind: str, fields: Mapping[str, str]) -> Iterator[InvalidField]:
    known = KINDS.get(kind)
    if known is None:
        return
    has = f"a credential of the kind {kind} has {' and '.join(known.fields)}"
    for name in known.fields:
        if name not in fields:
            yield _error(name, "is missing", "missing_field", has)
    for name in fields:
        if name not in known.fields:
            yield _error(name, "is not a field of this kind", "unknown_field", has)


def _texts(kind: str, fields: Mapping[str, str]) -> Iterator[InvalidField]:
    known = KINDS.get(kind)
    for name, value in fields.items():
        is_secret = known is None or name in known.secret
        if is_secret and len(value.strip()) < SHORTEST_SECRET:
            hint = "choose a longer one" if known else "choose a longer one; what is not secret belongs in the node's parameters"
            yield _error(name, _SHORT, "too_short", hint)
        if "\x00" in value or not _is_unicode(value):
            yield _error(name, "has a NUL character or half a surrogate pair", "bad_text", "leave it out")


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _accept_any(_: Mapping[str, str]) -> Iterator[InvalidField]:
    return iter(())


def _bearer(fields: Mapping[str, str]) -> Iterator[InvalidField]:
    if not HEADER_VALUE.fullmatch(token := fields.get("token", "none")) or " " in token:
        yield _error("token", "has spaces, line breaks or characters outside ASCII", "bad_value", "give the token alone, without `Bearer`")


def _basic(fields: Mapping[str, str]) -> Iterator[InvalidField]:
    if ":" in fields.get("username", ""):
        yield _error("username", "has a colon, which separates it from the password", "bad_value", "choose another user")


def _header(fields: Mapping[str, str]) -> Iterator[InvalidField]:
    name = fields.get("name", "Authorization")
    if not HEADER_NAME.fullmatch(name) or name.lower() in HEADERS_WITHOUT_SECRETS:
        yield _error("name", "is not a header that can carry a secret", "bad_value", "for example X-Api-Key")
    if not HEADER_VALUE.fullmatch(fields.get("value", "none")):
        yield _error("value", "has line breaks, spaces around it, or characters outside ASCII", "bad_value", "leave them out")


def _postgres(fields: Mapping[str, str]) -> Iterator[InvalidField]:
    try:
        parameters = parse_connection_string(fields.get("dsn", ""))
        check_parameters(parameters)
    except ConnectionStringRefused as refusal:
        yield _error("dsn", str(refusal), "bad_value", refusal.hint)
        return
    password = parameters.get("password")
    if password is not None and len(password) < SHORTEST_SECRET:
        yield _error("dsn", f"its password is too short: {_SHORT}", "too_short", "choose a longer one")


_RULES: Final = {"bearer": _bearer, "basic": _basic, "header": _header, "postgres": _postgres}


def _error(name: str, message: str, code: str, hint: str) -> InvalidField:
    return InvalidField(place=f"fields.{name}", message=message, code=code, hint=hint)
