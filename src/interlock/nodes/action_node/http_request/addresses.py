"""Decides which addresses a request may connect to: public ones, and private ones if the definition asks and the operator allows them."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

SETTING = "INTERLOCK_HTTP_ALLOW_PRIVATE"

# Cloud machines give out credentials at these addresses. `*` does not allow them: the operator has to name them.
_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254")
)
# Blocks that are not for hosts of the public internet and that `is_global` does not cover in every Python version.
_CLOSED_BLOCKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "100::/64",
        "2001:db8::/32",
        "fec0::/10",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


def embedded_addresses(address: Address) -> tuple[Address, ...]:
    """Returns the address, and each IPv4 address that it also leads to: mapped, compatible, NAT64, 6to4 and Teredo forms."""
    if isinstance(address, IPv4Address):
        return (address,)
    inner: list[Address] = [address]
    if address.ipv4_mapped is not None:
        inner.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if address.teredo is not None:
        inner.extend(address.teredo)
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(inner)


def is_public(address: Address) -> bool:
    """Returns whether it is a unicast address of the public internet, and so is every address embedded in it."""
    return all(_is_public_itself(each) for each in embedded_addresses(address) if not _is_wrapper(each))


def is_metadata(address: Address) -> bool:
    return any(each in _METADATA for each in embedded_addresses(address))


def _is_wrapper(address: Address) -> bool:
    return isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in _NAT64)


def _is_public_itself(address: Address) -> bool:
    if address in _METADATA or not address.is_global:
        return False
    if address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback or address.is_link_local:
        return False
    return not any(address in block for block in _CLOSED_BLOCKS if block.version == address.version)


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
        if any(each in network for each in embedded_addresses(address) for network in self.networks if network.version == each.version):
            return True
        return not is_metadata(address) and (self.everything or host.rstrip(".").lower() in self.names)


def refused(host: str, addresses: Iterable[Address], *, private: PrivateHosts | None) -> Address | None:
    """Returns the first address that is not allowed, or None. `private` is None if the definition did not ask for private addresses."""
    for address in addresses:
        if not is_public(address) and (private is None or not private.permits(host, address)):
            return address
    return None
