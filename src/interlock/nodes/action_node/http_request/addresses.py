"""Decides which addresses a request may connect to: public ones, and private ones if the definition asks and the operator allows them."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

from interlock.nodes.errors import FinalError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolver: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]

SETTING = "INTERLOCK_HTTP_ALLOW_PRIVATE"
PORTS = {"http": 80, "https": 443}


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(each) for each in text.split())


# Cloud machines give out credentials at these addresses. `*` does not allow them: the operator has to name them.
_METADATA = _networks(
    """
    169.254.0.0/16 100.100.100.200/32 192.0.0.192/32 168.63.129.16/32
    fd00:ec2::254/128 fd00:ec2::23/128 fd00:42::42/128 fd00:c1::a9fe:a9fe/128 fd20:ce::254/128 fe80::a9fe:a9fe/128
    """
)
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"})
LOCAL_DOMAINS = (".localhost", ".local", ".internal", ".intranet", ".private", ".corp", ".home", ".lan", ".home.arpa")
# The blocks of the IANA IPv4 Special-Purpose Address Registry, also those that are reachable from everywhere: they are relays and name servers, and
# many networks run their own. Besides them: multicast, and the address at which Azure serves its machines.
_CLOSED_IPV4 = _networks(
    """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
    192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32
    """
)
# Every public address of IPv6 is in this block.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# The blocks of the IANA IPv6 Special-Purpose Address Registry that are inside it, without 6to4, which counts as the IPv4 address that it leads to.
_CLOSED_IPV6 = _networks("2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20")
# Blocks whose addresses end with an IPv4 address: mapped, translated, compatible, and NAT64 with the common prefix and with those of a network's own.
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ENDS_WITH_IPV4 = (_MAPPED, _NAT64, *_networks("::/96 ::ffff:0:0:0/96 64:ff9b:1::/48"))
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_ISATAP = 0x5EFE  # the first half of the interface identifier, apart from two bits that say who gave it out


def embedded_addresses(address: Address) -> tuple[Address, ...]:
    """Returns the address, and each IPv4 address that it also leads to: mapped, compatible, translated, NAT64, 6to4, Teredo and ISATAP forms."""
    if isinstance(address, IPv4Address):
        return (address,)
    address = IPv6Address(int(address))  # without the name of an interface
    inner: list[Address] = [address]
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if address.teredo is not None:
        inner.extend(address.teredo)
    if is_isatap(address) or (int(address) > 1 and any(address in block for block in _ENDS_WITH_IPV4)):
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if address in _LOCAL_NAT64:  # RFC 6052 puts it on both sides of an octet of zeros where the prefix has 48 bits
        inner.append(IPv4Address((int(address) >> 64 & 0xFFFF) << 16 | int(address) >> 40 & 0xFFFF))
    return tuple(inner)


def is_public(address: Address) -> bool:
    """Returns whether it is a unicast address of the public internet, and so is every address embedded in it.

    The lists are those of the IANA registries of special-purpose addresses, as of 2025. They stand here because those of Python's
    `ipaddress` differ from version to version.
    """
    return all(_is_public_itself(each) for each in embedded_addresses(address) if not _is_wrapper(each))


def is_metadata(address: Address) -> bool:
    """Returns whether a cloud gives out credentials at this address, or at one that is embedded in it."""
    return any(_is_in(each, _METADATA) for each in embedded_addresses(address))


def is_local_name(host: str) -> bool:
    """Returns whether a name means something inside a network only: names of one part, and the domains that are set aside for that."""
    name = host.rstrip(".").lower()
    return "." not in name or name.endswith(LOCAL_DOMAINS) or name in _METADATA_NAMES


def is_isatap(address: IPv6Address) -> bool:
    """Returns whether it is an address of the tunnel protocol ISATAP (RFC 5214), which leads to an IPv4 address inside a site."""
    return (int(address) >> 32) & 0xFCFF_FFFF == _ISATAP


def _is_wrapper(address: Address) -> bool:
    return address in _MAPPED or address in _NAT64


def _is_public_itself(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not _is_in(address, _CLOSED_IPV4)
    return address in _GLOBAL_UNICAST and not _is_in(address, _CLOSED_IPV6) and not is_isatap(address)


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateHosts:
    """The list of the operator: host names, addresses and networks that definitions may ask for. `*` allows all but cloud metadata."""

    everything: bool = False
    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "PrivateHosts":
        """Reads a comma-separated list, such as `intranet.example, 10.1.0.0/16, ::1`."""
        everything, names, networks = False, set[str](), list[Network]()
        for entry in (part.strip() for part in text.split(",")):
            if entry == "*":
                everything = True
                continue
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                names.add(entry.rstrip(".").lower())
        return cls(everything=everything, names=frozenset(names - {""}), networks=tuple(networks))

    def permits(self, host: str, address: Address) -> bool:
        if any(_is_in(each, self.networks) for each in embedded_addresses(address)):
            return True
        return not is_metadata(address) and self.permits_name(host)

    def permits_name(self, host: str) -> bool:
        name = host.rstrip(".").lower()
        return name in self.names or (self.everything and name not in _METADATA_NAMES)


def refused(host: str, addresses: Iterable[Address], *, private: PrivateHosts | None) -> Address | None:
    """Returns the first address that is not allowed, or None. `private` is None if the definition did not ask for private addresses."""
    for address in addresses:
        if not is_public(address) and (private is None or not private.permits(host, address)):
            return address
    return None


class AddressRefused(FinalError):
    """The host has an address that this request may not connect to, or, where a proxy resolves it, a name that is not public."""

    def __init__(self, host: str, address: Address | None, *, asked: bool) -> None:
        if address is not None and is_metadata(address):
            hint = f"it is a cloud metadata address: the operator of the worker would have to name it in {SETTING}"
        elif asked:
            hint = f"the operator of the worker permits private hosts with {SETTING}, a list of hosts and networks (or *)"
        else:
            hint = f"set allow_private_addresses, and let the operator of the worker permit the host with {SETTING}"
        super().__init__(
            "address_refused",
            f"{host} is at {address}, which is not a public address" if address is not None else f"{host} is not a public name",
            details={"host": host, "address": None if address is None else str(address)},
            hint=hint,
        )


async def resolve(host: str, port: int) -> list[Address]:
    """Returns the addresses of a host, in the order of the system, which also reads decimal, octal and hexadecimal forms."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))
