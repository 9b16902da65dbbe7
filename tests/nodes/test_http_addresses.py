"""Which addresses are public, and what an operator's list permits."""

import ipaddress

import pytest

from interlock.nodes.action_node.http_request.addresses import PrivateHosts, is_public, refused


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


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
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
        ("metadata", "metadata", "169.254.169.254", False),
        ("169.254.169.254", "metadata", "169.254.169.254", True),
    ],
)
def test_the_operators_list_names_hosts_addresses_and_networks(permitted: str, host: str, address: str, allowed: bool) -> None:
    private = PrivateHosts.parse(permitted)
    assert (refused(host, [ipaddress.ip_address(address)], private=private) is None) is allowed
