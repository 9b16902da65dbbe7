"""Secrets as executors get them: decrypted for one attempt, and hidden when somebody prints them."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from interlock.nodes.errors import FinalError
from interlock.nodes.masking import Form, Masker, forms_of

SHORTEST_SECRET: Final = 4  # characters: shorter values occur in ordinary text so often that masking them would spoil every output
LONG_LINE: Final = 16

HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE: Final = re.compile(r"[!-~]([ -~\t]*[!-~])?")
HEADERS_FOR_ANYONE: Final = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
HEADERS_OF_THE_CONNECTION: Final = frozenset({"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
HEADERS_WITHOUT_SECRETS: Final = HEADERS_FOR_ANYONE | HEADERS_OF_THE_CONNECTION | {"host"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialKind:
    """A kind of credential that comes with Interlock.

    Attributes:
        fields: what it consists of, all needed.
        secret: those of them that are masked; the others (a user name, the name of a header) may be shown.
    """

    fields: tuple[str, ...]
    secret: frozenset[str]


KINDS: Final[Mapping[str, CredentialKind]] = MappingProxyType(
    {
        "bearer": CredentialKind(fields=("token",), secret=frozenset({"token"})),
        "basic": CredentialKind(fields=("username", "password"), secret=frozenset({"password"})),
        "header": CredentialKind(fields=("name", "value"), secret=frozenset({"value"})),
        "postgres": CredentialKind(fields=("dsn",), secret=frozenset({"dsn"})),
    }
)
"""Any other kind is your own: it has any fields, and all of them are secret."""


ANY_HOST: Final = ("*",)
NO_HOST: Final[tuple[str, ...]] = ()
HOST_PATTERN: Final = r"^(\*|((\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)$"


class SecretFields(Mapping[str, str]):
    """The values by name. Printing it shows only the names."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}=…' for name in self._values)})"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("the values of a credential are not pickled")


@dataclass(frozen=True, kw_only=True, eq=False)
class Credential:
    """One credential, decrypted.

    Attributes:
        name: as the definition names it.
        kind: says which fields there are.
        allowed_hosts: where it may be sent, nowhere by default: `*` is anywhere, `*.example.com` every host below, `a.example:8443` that port alone.
    """

    name: str
    kind: str
    fields: SecretFields
    allowed_hosts: tuple[str, ...] = NO_HOST

    def field(self, name: str) -> str:
        """Returns the value of a field.

        Raises:
            FinalError: the credential has no such field.
        """
        try:
            return self.fields[name]
        except KeyError:
            message = f"the credential {self.name!r} has no field {name!r}; it has {', '.join(self.fields)}"
            raise FinalError("credential_field_missing", message, hint=f"save its values again, with {name}") from None

    def check_host(self, host: str, port: int) -> None:
        """Checks that the credential may be sent to a host, for executors that send it to an address which may come from a template.

        Raises:
            FinalError: the host is none of `allowed_hosts`.
        """
        if not any(_allows(pattern, host.rstrip(".").lower(), port) for pattern in self.allowed_hosts):
            only = f"only to {', '.join(self.allowed_hosts)}" if self.allowed_hosts else "and to no other host"
            message = f"the credential {self.name!r} may not be sent to {host}:{port}, {only}"
            raise FinalError("credential_host", message, hint="correct the address, or add the host to allowed_hosts of the credential")

    @cached_property
    def masker(self) -> Masker:
        return Masker(self.forms)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Every form in which its secrets may be written."""
        return tuple(form for value in secret_values(self.kind, self.fields) for form in forms_of(value, self.name))


class Credentials(Mapping[str, Credential]):
    """The credentials of one attempt, by the parameter that names each, and the masker for what the attempt returns and logs."""

    __slots__ = ("__weakref__", "_by_parameter", "masker")
    __eq__ = object.__eq__  # those of one attempt are not those of another
    __hash__ = object.__hash__

    def __init__(self, by_parameter: Mapping[str, Credential]) -> None:
        self._by_parameter = dict(by_parameter)
        self.masker = Masker(form for credential in self._by_parameter.values() for form in credential.forms)

    def __getitem__(self, parameter: str) -> Credential:
        return self._by_parameter[parameter]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_parameter)

    def __len__(self) -> int:
        return len(self._by_parameter)

    def cut(self, text: str, characters: int, *, is_whole: bool = True) -> str:
        """Masks a text and cuts it to this many characters. It masks first, because half a secret cannot be recognized.

        Whatever else leaves an attempt is masked by the worker; executors that shorten what they got from outside do it with this.

        Where the text is not `is_whole`, because it was cut before, its last `masker.margin` characters are left out: half a secret may stand there.
        """
        masked = self.masker.text(text)
        return masked[: characters if is_whole else max(0, min(characters, len(masked) - self.masker.margin))]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._by_parameter!r})"


NO_CREDENTIALS: Final = Credentials({})


def secret_values(kind: str, fields: Mapping[str, str]) -> list[str]:
    """The values to mask, and what is made of them: the pair that basic authentication encodes, the token after a header's scheme, the password
    inside an address, the long lines of what has several.
    """
    known = KINDS.get(kind)
    values = [value for name, value in fields.items() if known is None or name in known.secret]
    made = [line for value in values for line in value.splitlines() if len(line) >= LONG_LINE and line != value]
    if kind == "basic" and {"username", "password"} <= fields.keys():
        pair = f"{fields['username']}:{fields['password']}"
        made += [pair, base64.b64encode(pair.encode()).decode().rstrip("=")]  # as the header has it, which may be encoded once more
    if kind == "header":
        made += [token for value in values if len(token := value.partition(" ")[2].strip()) >= SHORTEST_SECRET]
    if kind == "postgres":
        made += [password for value in values if (password := password_in(value))]
    return list(dict.fromkeys([*values, *made]))


def hosts_added(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Returns those of the patterns `after` that allow a host or a port which no pattern of `before` allows."""
    return [pattern for pattern in after if not any(_covers(known, pattern) for known in before)]


def _allows(pattern: str, host: str, port: int) -> bool:
    name, only_port = _name_and_port(pattern)
    if only_port and int(only_port) != port:
        return False
    return name == "*" or name.strip("[]") == host or (name.startswith("*.") and host.endswith(name[1:]))


def _covers(known: str, pattern: str) -> bool:
    """Whether a pattern allows everything that another one allows."""
    name, port = _name_and_port(known)
    other, other_port = _name_and_port(pattern)
    if port and (not other_port or int(port) != int(other_port)):
        return False
    return name in ("*", other) or (name.startswith("*.") and other.removeprefix("*").endswith(name[1:]) and other != "*")


def _name_and_port(pattern: str) -> tuple[str, str]:
    name, separator, port = pattern.lower().rpartition(":")
    return (name, port) if separator and not pattern.endswith("]") else (pattern.lower(), "")


def password_in(dsn: str) -> str | None:
    """Returns the password of a connection string; None if it has none or cannot be read."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        password = conninfo_to_dict(dsn).get("password")
    except (psycopg.Error, UnicodeError, ValueError):
        return None
    return None if password is None else str(password)
