"""The demonstration's stations are joined as nations are, and by keys of nobody."""

import asyncio
from pathlib import Path

import pytest

from skypact.agreement.reading import read_agreement
from skypact.agreement.stations import stations_of
from skypact.model.time import from_iso
from skypact.node.agreement_opening import open_agreements
from skypact.node.demo_stations import STATIONS, laid_lines, lay_node, make_stations
from skypact.node.settings import read_node
from skypact.node.station import open_station
from skypact.node.station_files import StationPaths

EXAMPLES = Path(__file__).parents[3] / "examples"
AGREEMENT = EXAMPLES / "agreements" / "ru-kg-2022.toml"
NOW = from_iso("2026-06-01T12:00:00")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration's stations."""
    folder = tmp_path_factory.mktemp("demo")

    async def make() -> None:
        async with laid_lines() as lines:
            make_stations(folder, AGREEMENT, lines, NOW)

    asyncio.run(make())
    return folder


def test_they_are_the_stations_of_the_agreement() -> None:
    named = stations_of(read_agreement(AGREEMENT).document)
    assert sorted(named, key=str) == sorted(STATIONS, key=str)


def test_each_is_joined_with_both_others_and_dials_one_of_them(made: Path) -> None:
    codes = {station.code for station in STATIONS}
    for code in codes:
        links = open_station(made / code.lower(), NOW).links
        assert {link.partner.station for link in links} == codes - {code}
        assert sum(link.dials for link in links) == 1


def test_the_joint_posts_card_is_signed_by_its_hosts_key(made: Path) -> None:
    cards = {one.code: open_station(made / one.code.lower(), NOW).own.card for one in STATIONS}
    assert cards["KANT"].party_key == cards["KG"].party_key != cards["RU"].party_key
    assert cards["KANT"].party == "KG"


@pytest.mark.parametrize("code", [station.code for station in STATIONS])
def test_what_each_node_obeys_is_in_force_and_signed_by_all(made: Path, code: str) -> None:
    live = open_agreements(open_station(made / code.lower(), NOW).agreements, NOW)
    live.tick(NOW)
    (shown,) = live.statuses()
    live.close(NOW)
    assert shown.standing == "in-force"
    assert [party.signature for party in shown.parties] == [True, True]
    assert shown.roles


@pytest.mark.parametrize("code", [station.code for station in STATIONS])
def test_each_shipped_node_finds_its_station_beside_it(made: Path, code: str) -> None:
    place = made / f"{code.lower()}.toml"
    lay_node(EXAMPLES / "nodes" / place.name, place)
    exchange = read_node(place).exchange
    assert exchange is not None
    assert open_station(exchange.folder, NOW).own.card.station == code


def test_each_demonstration_hears_its_own_sensors_only(tmp_path: Path) -> None:
    shipped = EXAMPLES / "nodes" / "kg.toml"
    addresses = [{feed.address for feed in read_node(shipped).feeds}]
    for name in ("one.toml", "other.toml"):
        lay_node(shipped, tmp_path / name)
        laid = read_node(tmp_path / name)
        assert [feed.name for feed in laid.feeds] == [f.name for f in read_node(shipped).feeds]
        assert laid.outputs == read_node(shipped).outputs
        addresses.append({feed.address for feed in laid.feeds})
    assert not addresses[0] & (addresses[1] | addresses[2])
    assert all(len(found) == 3 for found in addresses)


def test_every_demonstration_has_keys_of_its_own(made: Path, tmp_path: Path) -> None:
    async def make() -> None:
        async with laid_lines() as lines:
            make_stations(tmp_path, AGREEMENT, lines, NOW)

    asyncio.run(make())
    one, other = (StationPaths(folder / "kg").trust.read_text() for folder in (made, tmp_path))
    assert one != other
