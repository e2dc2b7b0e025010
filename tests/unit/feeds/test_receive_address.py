"""A feed's address is read or refused with words."""

import pytest

from skypact.feeds.receive import Address, parse_address
from skypact.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("udp://127.0.0.1:8600", Address("udp", "127.0.0.1", 8600)),
        ("udp://localhost:8600", Address("udp", "127.0.0.1", 8600)),
        ("udp://239.1.1.1:8600?interface=127.0.0.1",
         Address("udp", "239.1.1.1", 8600, "127.0.0.1")),
        ("tcp://readsb.example:30005", Address("tcp", "readsb.example", 30005)),
    ],
)  # fmt: skip
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert str(address) == text.split("?", maxsplit=1)[0].replace("localhost", "127.0.0.1")


def test_a_group_is_told_from_a_single_address() -> None:
    assert parse_address("udp://239.1.1.1:8600").multicast
    assert not parse_address("udp://10.1.1.1:8600").multicast
    assert not parse_address("tcp://host:1").multicast


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:8600",
        "udp://127.0.0.1",
        "udp://127.0.0.1:70000",
        "udp://127.0.0.1:0",
        "udp://radar.example:8600",
        "udp://239.1.1.1:8600?interface=eth0",
        "udp://239.1.1.1:8600?colour=red",
        "udp://127.0.0.1:8600/path",
        "http://127.0.0.1:8600",
        "tcp://:30005",
        "udp://[::1:8600",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="Write udp://"):
        parse_address(text)
