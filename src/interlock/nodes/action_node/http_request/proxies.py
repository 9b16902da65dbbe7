"""Decides which requests go through a proxy: the settings of the worker say so, else the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from interlock.nodes.action_node.http_request.addresses import PORTS, Address, Network
from interlock.nodes.errors import RetryableError

PROXY_SETTING = "INTERLOCK_HTTP_PROXY"
NO_PROXY_SETTING = "INTERLOCK_HTTP_NO_PROXY"
DIRECT = "direct"


class ProxyUnusable(RetryableError):
    """The setting cannot be used. Another worker may have a better one, so another attempt may succeed."""

    def __init__(self, setting: str, reason: str) -> None:
        hint = f"write {setting} as http://proxy.example:3128, with user:password@ before the host if the proxy asks for them; or unset it"
        super().__init__(
            "proxy_unusable", f"{setting} of the worker names no proxy that can be used: {reason}", hint=hint, details={"setting": setting}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy. Printing it does not show the password."""

    scheme: str
    host: str
    port: int
    user: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    __repr__ = __str__

    @classmethod
    def parse(cls, text: str, setting: str) -> "Proxy":
        """Reads the address of a proxy; `http://` may be left out.

        Raises:
            ProxyUnusable: it is not an http or https address.
        """
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            scheme, host, port = parts.scheme, (parts.hostname or "").encode("idna").decode("ascii"), parts.port
        except ValueError:
            raise ProxyUnusable(setting, "it is not an address") from None
        if scheme not in PORTS:
            raise ProxyUnusable(setting, f"proxies are http or https, and this one is {scheme[:20]!r}")
        if not host:
            raise ProxyUnusable(setting, "it has no host")
        user = (unquote(parts.username), unquote(parts.password or "")) if parts.username is not None else None
        return cls(scheme=scheme, host=host, port=port or PORTS[scheme], user=user)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectHosts:
    """The hosts that are reached without a proxy, as `NO_PROXY` lists them.

    An entry is a host (which stands for those below it, too), an address, a network such as 10.0.0.0/8, or `*` for all. A port may follow.
    """

    everything: bool = False
    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[Network, int | None], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "DirectHosts":
        names, networks = set[tuple[str, int | None]](), list[tuple[Network, int | None]]()
        entries = [entry for part in text.split(",") for entry in part.split()]
        for entry in entries:
            host, port = _split_port(entry)
            try:
                networks.append((ipaddress.ip_network(host.strip("[]"), strict=False), port))
            except ValueError:
                names.add((host.removeprefix("*").strip(".").lower(), port))
        return cls(everything="*" in entries, names=frozenset(names), networks=tuple(networks))

    def has(self, host: str, port: int) -> bool:
        address = _address(host)
        if self.everything or is_this_machine(host):
            return True
        if address is not None:
            return any(
                address in network and only in (None, port) for network, only in self.networks if isinstance(address, type(network.network_address))
            )
        labels = host.rstrip(".").lower().split(".")
        endings = {".".join(labels[start:]) for start in range(len(labels))}
        return any(name in endings and only in (None, port) for name, only in self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Which proxy a request goes through, by the scheme of its URL.

    Attributes:
        texts: for each scheme the setting, and what it says.
    """

    texts: Mapping[str, tuple[str, str]]
    direct: DirectHosts = DirectHosts()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Proxies":
        """Reads the settings of the worker, else the variables that other programs read, too. A lower-case name is read before an upper-case one."""
        given = os.environ if environ is None else environ
        own = given.get(PROXY_SETTING, "").strip()
        texts = {} if own == DIRECT else dict.fromkeys(PORTS, (PROXY_SETTING, own)) if own else _of_everybody(given)
        hosts = given.get(NO_PROXY_SETTING)
        return cls(texts=texts, direct=DirectHosts.parse(_variable(given, "no_proxy")[1] if hosts is None else hosts))

    def find(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        """Returns the proxy for requests to a host; None if it is reached directly, as this machine always is.

        Raises:
            ProxyUnusable: the setting names no proxy.
        """
        if scheme not in self.texts or self.direct.has(host, port or PORTS[scheme]):
            return None
        setting, text = self.texts[scheme]
        return Proxy.parse(text, setting)


NO_PROXIES = Proxies(texts={})


def is_this_machine(host: str) -> bool:
    """Returns whether a name or an address is that of the machine which looks it up; through a proxy it would be the proxy's."""
    name, address = host.rstrip(".").lower(), _address(host)
    return name == "localhost" or name.endswith(".localhost") or (address is not None and address.is_loopback)


def _of_everybody(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    found = {scheme: _variable(environ, f"{scheme}_proxy") for scheme in PORTS}
    everything = _variable(environ, "all_proxy")
    return {scheme: named for scheme, own in found.items() if (named := own if own[1] else everything)[1]}


def _variable(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """Returns the name and the value of a variable. `HTTP_PROXY` is not read in a CGI program, where it is a header of the client."""
    names = (name,) if name == "http_proxy" and "REQUEST_METHOD" in environ else (name, name.upper())
    return next(((each, environ[each].strip()) for each in names if each in environ), (name, ""))


def _split_port(entry: str) -> tuple[str, int | None]:
    host, separator, port = entry.rpartition(":")
    if separator and port.isdecimal() and port.isascii() and len(port) <= 5 and (":" not in host or host.endswith("]")):
        return host, int(port)
    return entry, None


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
