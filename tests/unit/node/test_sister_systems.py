"""Two systems at one node: what is of one is not told, ended or opened in the other."""

from collections import Counter

import msgspec
import numpy as np

from gateways_in_process import InProcess, World
from pacts_made_up import NOW, flying, pact, rule
from skypact.exchange.header import cut
from skypact.model.exchange import PartnerTracks
from skypact.model.time import SECOND_NS, from_iso
from skypact.node.gateway_links import GatewayLink
from systems_made_up import BLOCKS, consent, named, station, world_of

WEST, SOUTH = "east-west/EA", "west-south/SO"
"""The two links of the station WE."""


def sisters(**words) -> tuple[World, InProcess, InProcess, InProcess]:
    """West with East under one agreement, with South under another, without any consent."""
    endless = msgspec.structs.replace(
        pact().term, months=0, renewal="none", renewal_months=0, notice_months=0
    )
    world = world_of(
        named("east-west", ("EA", "WE"), rule("all"), **words),
        named("west-south", ("WE", "SO"), rule("all"), term=endless),
    )
    east, west, south = (station(world, code) for code in ("EA", "WE", "SO"))
    east.own = flying(5)
    west.own = flying(6).take(np.array([3, 4, 5]))
    south.own = flying(7).take(np.array([5, 6]))
    return world, east, west, south


def batches_at(one: InProcess) -> list[PartnerTracks]:
    came: list[PartnerTracks] = []
    taken = one.gateway.picture.take_tracks

    def keep(batch: PartnerTracks) -> None:
        came.append(batch)
        taken(batch)

    one.gateway.picture.take_tracks = keep  # type: ignore[method-assign]
    return came


def aircraft(one: InProcess) -> set[int]:
    """Which of the made-up aircraft a station shows."""
    return set((one.picture.tracks.mode_s - 0x600000).tolist())


def numbers_of(one: InProcess, which: set[int]) -> dict[int, int]:
    """Joint numbers of aircraft at a station."""
    pairs = zip(one.picture.tracks.mode_s, one.picture.tracks.track, strict=True)
    return {int(a) - 0x600000: int(n) for a, n in pairs if int(a) - 0x600000 in which}


def refused_by(link: GatewayLink) -> Counter[str]:
    assert link.link is not None
    return Counter(dict(link.link.status(NOW).refused))


def test_one_node_sees_both_systems_and_each_partner_its_own_alone() -> None:
    world, east, _, south = sisters()
    world.run(12)
    seen = {one.code: aircraft(one) for one in world.stations}
    assert seen["WE"] == {0, 1, 2, 3, 4, 5, 6}
    assert seen["EA"] == {0, 1, 2, 3, 4, 5}
    assert seen["SO"] == {3, 4, 5, 6}
    assert (east.picture.stations, south.picture.stations) == (("EA", "WE"), ("SO", "WE"))
    for one in world.stations:
        for partner in one.status(world.now_ns).partners:
            assert (partner.state, partner.refused) == ("live", {})


def test_no_number_of_one_system_is_told_in_the_other() -> None:
    world, _, west, south = sisters()
    came = batches_at(south)
    world.run(30)
    numbers = {int(n) for b in came for n in b.claims.joint}
    assert {n // 10_000 for n in numbers} <= {0, BLOCKS["WE"] // 10_000, BLOCKS["SO"] // 10_000}
    of_east = west.picture.tracks.track // 10_000 == BLOCKS["EA"] // 10_000
    assert of_east.sum() >= 3, "the west itself knows tracks by the east's numbers"


def test_what_one_partner_is_told_is_the_same_with_and_without_the_other() -> None:
    told = []
    for others in (True, False):
        world, east, _, south = sisters()
        if not others:
            east.own = flying(0)
        came = batches_at(south)
        world.run(8)
        told.append(
            [
                (
                    b.label,
                    b.blurred,
                    b.received_ns,
                    b.claims.stations,
                    b.claims.contributors.tolist(),
                    *(
                        getattr(b.tracks, name).tobytes()
                        for name in ("track", "measured_ns", "latitude_rad", "longitude_rad",
                                     "covariance", "last_plot_ns", "mode_s", "confirmed")
                    ),
                )
                for b in came
                if b.keyframe
            ]
        )  # fmt: skip
    assert told[0] == told[1]
    assert told[0]


def test_reports_of_one_system_stay_in_it() -> None:
    world, east, west, south = sisters()
    world.run(3)
    words = {"text": "Only for us.", "until_ns": NOW + 3600 * SECOND_NS}
    east.gateway.write_report(words, world.now_ns)
    west.gateway.write_report(words | {"agreement": "east-west"}, world.now_ns)
    world.run(70)
    shown = {one.code: len(one.status(world.now_ns).reports) for one in (east, west, south)}
    assert shown == {"EA": 2, "WE": 2, "SO": 0}


def test_texts_of_one_system_do_not_reach_the_other() -> None:
    world, _, west, south = sisters()
    world.run(70)
    assert set(west.agreements.state.store.chains) == {"east-west", "west-south"}
    assert set(south.agreements.state.store.chains) == {"west-south"}


def test_links_share_no_key_session_folder_or_journal() -> None:
    world, _, west, _ = sisters()
    world.run(5)
    first, second = (west.gateway.links[name] for name in (WEST, SOUTH))
    assert first.plan.traffic != second.plan.traffic
    assert first.link is not None
    assert second.link is not None
    one, other = first.link.reader.handshake, second.link.reader.handshake
    assert one.sealer.current is not None
    assert other.sealer.current is not None
    assert one.sealer.current.confirmation != other.sealer.current.confirmation, "of the keys"
    assert one.sealer.session != other.sealer.session
    assert one.opener.challenge != other.opener.challenge
    for link in (first, second):
        assert west.disk.names(link.plan.traffic), "each keeps its journals in its own folder"


def test_an_envelope_of_one_agreement_is_refused_under_another_between_the_same_two() -> None:
    words = ("EA", "WE")
    world = world_of(named("alpha", words, rule("all")), named("beta", words, rule("all")))
    east, west = (station(world, code) for code in words)
    east.own = flying(2)
    world.keep = True
    world.run(6)
    links = {name: west.gateway.links[f"{name}/EA"] for name in ("alpha", "beta")}
    digests = {
        bytes.fromhex(one.version.digest): name
        for name, one in west.gateway.rules.situations.items()
    }
    before = {name: refused_by(link) for name, link in links.items()}
    crossed: Counter[str] = Counter()
    for sender, _, subject, payload in world.carried:
        if sender == "EA":
            under = digests[cut(payload).header.agreement]
            other = "beta" if under == "alpha" else "alpha"
            links[other].receive([(subject, payload, world.now_ns)])
            crossed[other] += 1
            came = links[other].incoming()
            assert not came.tracks
            assert not came.items
    for name, link in links.items():
        refused = refused_by(link) - before[name]
        assert refused == Counter({"WrongAgreement": crossed[name]})
        assert crossed[name] > 10
    world.run(5)
    assert [p.state for p in west.status(world.now_ns).partners] == ["live", "live"]


def test_an_end_of_one_leaves_the_other_as_it_was() -> None:
    term = msgspec.structs.replace(named("x", ("EA", "WE")).term, renewal="none")
    world, east, west, south = sisters(term=term)
    last = from_iso("2035-02-02")
    world.now_ns = last - 21 * SECOND_NS
    east.own = flying(5, world.now_ns)
    west.own = flying(6, world.now_ns).take(np.array([3, 4, 5]))
    south.own = flying(7, world.now_ns).take(np.array([5, 6]))
    world.run(18)
    sister = west.gateway.links[SOUTH].link
    assert sister is not None
    handshake, epoch = sister.reader.handshake, sister.reader.handshake.sealer.epoch
    refused = refused_by(west.gateway.links[SOUTH])
    came = batches_at(south)
    world.run(60)
    assert west.partner("EA", world.now_ns).state == "closed"
    status = west.partner("SO", world.now_ns)
    assert (status.state, status.trouble, status.gaps) == ("live", "", 0)
    assert refused_by(west.gateway.links[SOUTH]) == refused
    assert sister.reader.handshake is handshake
    assert sister.reader.handshake.sealer.epoch == epoch
    received = sorted({b.received_ns // SECOND_NS for b in came if len(b.tracks)})
    assert np.diff(received).max() == 1, "not a second was missed"
    assert len(south.picture) == 4
    assert len(east.picture) == 5
    assert aircraft(west) == {3, 4, 5, 6}


def test_a_revoked_link_leaves_the_other_as_it_was() -> None:
    world, _, west, _ = sisters()
    world.run(8)
    epoch = west.partner("SO", world.now_ns).epoch
    left = [link.plan for name, link in west.gateway.links.items() if name == SOUTH]
    assert west.gateway.take_plans(left, world.now_ns) == [WEST]
    world.run(8)
    status = west.partner("SO", world.now_ns)
    assert (status.state, status.epoch, status.refused) == ("live", epoch, {})
    assert [p.station for p in west.status(world.now_ns).partners] == ["SO"]


def test_a_parent_gets_own_tracks_by_its_rules_and_others_by_consent_upward() -> None:
    """East and West have a system of their own, within one of all four that has no more of them."""
    upward = (consent("EA", "WE", "NO", "basin"), consent("EA", "WE", "SO", "basin"))
    below = named("river", ("EA", "WE"), rule("all"), onward=upward)
    # East has signed the larger one too: in it, it lets West speak for it to North alone
    above = named(
        "basin",
        ("EA", "NO", "SO", "WE"),
        rule("own", originator=("NO", "SO", "WE"), to=("NO", "SO", "WE")),
        rule("east", originator=("EA",), to=("NO", "SO")),
        onward=(consent("EA", "WE", "NO", "basin"),),
    )
    world = world_of(below, above)
    east, west = station(world, "EA"), station(world, "WE")
    world.cut |= {frozenset(("EA", "NO")), frozenset(("EA", "SO"))}  # East has no line upward
    east.own = flying(3)
    west.own = flying(6).take(np.array([4, 5]))
    parent, other = station(world, "NO"), station(world, "SO")
    world.run(10)
    assert aircraft(parent) == {0, 1, 2, 4, 5}
    assert aircraft(other) == {4, 5}
    brought = {part.station for part in parent.gateway.picture._picture.parts().marks}
    assert brought == {"EA/WE", "WE"}
    assert numbers_of(parent, {0, 1, 2}) == numbers_of(east, {0, 1, 2}), "one number to the top"
