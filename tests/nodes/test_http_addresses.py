"""Which addresses are public, and what an operator's list permits."""

import ipaddress
import random

import pytest

from interlock.nodes.action_node.http_request.addresses import Address, PrivateHosts, is_public, refused

# The IANA registries of special-purpose addresses, as of 2025, without the blocks that count as the IPv4 address inside them.
REGISTERED = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
    "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
    "255.255.255.255/32", "::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128",
    "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28",
    "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "169.254.1.1", "100.64.0.1",
        "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.5", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "168.63.129.16", "192.88.99.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:7f00:1::1", "fe80::1%lo",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("block", [*REGISTERED, "224.0.0.0/4", "ff00::/8", "fec0::/10", "4000::/2", "::/8"])
def test_no_address_of_a_special_purpose_block_is_public(block: str) -> None:
    network = ipaddress.ip_network(block)
    middle = network[network.num_addresses // 2]
    assert not any(is_public(address) for address in (network[0], middle, network[-1]))


@pytest.mark.parametrize("address", ["2606:4700::5efe:1.1.1.1", "2606:4700::200:5efe:8.8.8.8", "2606:4700:1:2:300:5efe:a00:1", "fe80::5efe:8.8.8.8"])
def test_an_isatap_address_is_not_public_whatever_it_leads_to(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


def test_what_is_public_is_so_for_python_too() -> None:
    """Python's lists are shorter in some versions and never longer."""
    chosen = random.Random(4)
    drawn: list[Address] = [
        *(ipaddress.IPv4Address(chosen.getrandbits(32)) for _ in range(20_000)),
        *(ipaddress.IPv6Address((0b001 << 125) | chosen.getrandbits(125)) for _ in range(20_000)),
    ]
    public = [address for address in drawn if is_public(address)]
    assert len(public) > 35_000
    assert all(address.is_global and not address.is_multicast for address in public)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "2606:4700::1111",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "192.0.1.0",
        "2001:200::1",
        "2620:4f:8001::1",
        "3fff:1000::1",
        "2002:101:101::1",
    ],
)
def test_a_public_address_is_accepted(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    addresses = [ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1")]
    assert refused("both.example", addresses, private=None) == addresses[1]
    assert refused("both.example", addresses[:1], private=None) is None


@pytest.mark.parametrize(
    ("permitted", "host", "address", "allowed"),
    [
        ("", "intranet", "10.1.2.3", False),
        ("intranet", "intranet", "10.1.2.3", True),
        ("Intranet.", "intranet", "10.1.2.3", True),
        ("intranet", "other", "10.1.2.3", False),
        ("10.1.0.0/16", "other", "10.1.2.3", True),
        ("10.1.0.0/16", "other", "10.2.2.3", False),
        ("10.1.0.0/16", "other", "::ffff:10.1.2.3", True),
        ("::1, 127.0.0.1", "localhost", "::1", True),
        ("*", "anything", "192.168.0.1", True),
        ("*", "anything", "169.254.169.254", False),
        ("*", "anything", "::ffff:169.254.169.254", False),
        ("*", "anything", "64:ff9b:1::a9fe:a9fe", False),
        ("*", "anything", "64:ff9b:1:a9fe:a9:fe00::", False),
        ("*", "anything", "::ffff:0:169.254.169.254", False),
        ("*", "anything", "2606:4700::5efe:169.254.169.254", False),
        ("*", "anything", "169.254.170.23", False),
        ("*", "anything", "fe80::a9fe:a9fe%lo", False),
        ("*", "anything", "fd20:ce::254", False),
        ("*", "anything", "3fff::1", True),
        ("*", "anything", "2606:4700::5efe:10.1.2.3", True),
        ("metadata", "metadata", "169.254.169.254", False),
        ("169.254.169.254", "metadata", "169.254.169.254", True),
    ],
)
def test_the_operators_list_names_hosts_addresses_and_networks(permitted: str, host: str, address: str, allowed: bool) -> None:
    private = PrivateHosts.parse(permitted)
    assert (refused(host, [ipaddress.ip_address(address)], private=private) is None) is allowed
