"""A station passes on what came from another by that one's consent alone, as that one told it."""

import dataclasses

import msgspec
import numpy as np
import pytest

from gateways_in_process import InProcess, World
from pacts_made_up import NOW, flying, rule
from skypact.agreement.document import Document
from skypact.audit.record import digest_of, fields_of
from skypact.exchange.terms import label_fault
from skypact.model.exchange import PartnerTracks
from skypact.model.time import DAY_NS, SECOND_NS, from_iso
from skypact.node.exchange_settings import Marking
from skypact.node.gateway_onward import PASSED_ON
from systems_made_up import consent, named, station, world_of

CONSENT = consent("EA", "WE", "SO", "west-south", ("track", "threat-report"))
REPORT = {"text": "Low and fast.", "until_ns": NOW + 3600 * SECOND_NS}


def first(*rules, onward=(CONSENT,), **words) -> Document:
    return named("east-west", ("EA", "WE"), *(rules or (rule("all"),)), onward=onward, **words)


def second(*rules, **words) -> Document:
    """West and South; its rules know East, which is no party to it."""
    return named("west-south", ("WE", "SO"), *(rules or (rule("all"),)), **words)


def listening(one: InProcess) -> list[PartnerTracks]:
    """What comes to a station from now on, by teller."""
    came: list[PartnerTracks] = []
    taken = one.gateway.picture.take_tracks

    def keep(batch: PartnerTracks) -> None:
        came.append(batch)
        taken(batch)

    one.gateway.picture.take_tracks = keep  # type: ignore[method-assign]
    return came


def addresses(came: list[PartnerTracks], teller: str) -> set[int]:
    return {int(a) - 0x600000 for b in came if b.station == teller for a in b.tracks.mode_s}


def chain(*documents: Document, **words) -> tuple[World, InProcess, InProcess, InProcess]:
    world = world_of(*documents, **words)
    east, west, south = (station(world, code) for code in ("EA", "WE", "SO"))
    east.own = flying(5)
    west.own = flying(6).take(np.array([3, 4, 5]))
    return world, east, west, south


def test_what_the_originator_consents_to_goes_on_beside_what_is_the_stations_own() -> None:
    world, _, west, south = chain(first(), second())
    came = listening(south)
    world.run(8)
    assert len(west.picture) == len(south.picture) == 6
    assert addresses(came, "EA/WE") == {0, 1, 2, 3, 4}
    assert addresses(came, "WE") == {3, 4, 5}
    assert south.partner("WE", world.now_ns).tracks == 8
    assert south.partner("WE", world.now_ns).refused == {}
    assert south.partner("WE", world.now_ns).unconfirmed == 4  # what both see bears itself out


def test_it_goes_on_as_it_was_told_not_fused_with_ours() -> None:
    world, east, west, south = chain(first(), second())
    west.own = dataclasses.replace(west.own, latitude_rad=west.own.latitude_rad + 5e-6)
    came = listening(south)
    latitude_rad, longitude_rad = east.own.latitude_rad[3], east.own.longitude_rad[3]
    world.run(8)
    assert (west.picture.contributors == 3).sum() == 2, "two aircraft are seen by both"
    east_mps = 200.0 / (6_378_137.0 * np.cos(latitude_rad))
    count = 0
    for batch in came:
        for row in np.flatnonzero(batch.tracks.mode_s == 0x600003):
            if batch.station == "EA/WE":
                flown_s = (batch.tracks.measured_ns[row] - NOW) / SECOND_NS
                assert batch.tracks.latitude_rad[row] == latitude_rad
                at_rad = longitude_rad + flown_s * east_mps
                assert batch.tracks.longitude_rad[row] == pytest.approx(at_rad, abs=1e-12)
                assert batch.tracks.covariance[row, 0] == 2500.0
                count += 1
    assert count >= 5


def test_label_originator_and_pedigree_are_kept() -> None:
    marked = (Marking("east-west", "official", ("AIR",)),)
    world, _, _, south = chain(first(), second(), EA={"markings": marked})
    came = listening(south)
    world.run(6)
    (label,) = {b.label for b in came if b.station == "EA/WE"}
    assert (label.classification, label.categories, label.originator) == (
        "official",
        ("AIR",),
        "EA",
    )
    assert label.releasable_to == ("SO", "WE")
    assert label.policy == "west-south"
    brought = [b for b in came if b.station == "EA/WE"]
    assert {b.claims.stations for b in brought} == {("EA",)}
    assert {int(bits) for b in brought for bits in b.claims.contributors} == {1}
    assert {int(r) for b in brought for r in b.claims.reporter} <= {-1}


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ((first(onward=()), second()), "nobody consents"),
        (
            (first(onward=(consent("WE", "EA", "SO", "west-south"),)), second()),
            "it is the west's consent",
        ),
        ((first(onward=(consent("EA", "WE", "NO", "west-south"),)), second()), "to another"),
        ((first(onward=(consent("EA", "WE", "SO", "elsewhere"),)), second()), "under another"),
        (
            (first(onward=(consent("EA", "WE", "SO", "west-south", ("alert",)),)), second()),
            "to another kind",
        ),
        ((first(), second(rule("own", originator=("WE", "SO")))), "no rule knows the east"),
        (
            (first(), second(rule("all"), rule("not", "nothing", originator=("EA",)))),
            "a refusal",
        ),
        (
            (first(rule("all"), rule("no", "nothing", originator=("EA",), to=("SO",))), second()),
            "a refusal in the agreement it came under",
        ),
        (
            (
                first(onward=()),
                second(onward=(consent("EA", "WE", "SO", "west-south"),)),
            ),
            "the east has not signed the clause",
        ),
    ],
)
def test_without_every_clause_nothing_goes_on(texts: tuple[Document, Document], why: str) -> None:
    world, east, west, south = chain(*texts)
    came = listening(south)
    world.run(4)
    east.gateway.write_report(REPORT, world.now_ns)
    world.run(4)
    assert addresses(came, "EA/WE") == set(), why
    assert {5} <= addresses(came, "WE"), "the west's own tracks reach the south all the same"
    assert len(west.status(world.now_ns).reports) == 1
    assert south.status(world.now_ns).reports == ()


def test_the_items_own_label_is_a_ceiling() -> None:
    only = (Marking("east-west", releasable_to=("EA", "WE")),)
    world, east, _, south = chain(first(), second(), EA={"markings": only})
    came = listening(south)
    world.run(4)
    east.gateway.write_report(REPORT, world.now_ns)
    world.run(4)
    assert addresses(came, "EA/WE") == set()
    assert south.status(world.now_ns).reports == ()


def test_a_blur_of_the_second_agreement_blurs_what_goes_on() -> None:
    coarse = second(rule("own", originator=("WE", "SO")), rule("east", "blurred", blur="coarse"))
    world, _, _, south = chain(first(), coarse)
    came = listening(south)
    world.run(6)
    brought = [b for b in came if b.station == "EA/WE" and len(b.tracks)]
    assert brought
    assert all(b.blurred for b in brought)
    assert {int(c) for b in brought for c in b.claims.joint} == {0}
    assert np.isnan(np.concatenate([b.tracks.velocity_east_mps for b in brought])).all()


def test_what_came_blurred_goes_on_blurred() -> None:
    coarse = first(rule("coarse", "blurred", blur="coarse"))
    world, _, _, south = chain(coarse, second())
    came = listening(south)
    world.run(6)
    brought = [b for b in came if b.station == "EA/WE" and len(b.tracks)]
    assert brought
    assert all(b.blurred for b in brought)


def test_when_the_first_agreement_ends_nothing_more_goes_on() -> None:
    term = msgspec.structs.replace(first().term, renewal="none")
    world, east, west, south = chain(first(term=term), second())
    world.now_ns = from_iso("2035-02-02") - 21 * SECOND_NS
    east.own = flying(5, world.now_ns)
    west.own = flying(6, world.now_ns).take(np.array([3, 4, 5]))
    world.run(6)
    east.gateway.write_report(REPORT | {"until_ns": world.now_ns + DAY_NS}, world.now_ns)
    world.run(3)
    assert len(south.status(world.now_ns).reports) == 1
    came = listening(south)
    world.run(10)
    assert addresses(came, "EA/WE")
    world.run(4)
    came.clear()
    world.run(40)
    assert not any(len(b.tracks) for b in came if b.station == "EA/WE")
    assert addresses(came, "WE") == {3, 4, 5}
    assert west.partner("EA", world.now_ns).state == "closed"
    assert west.partner("SO", world.now_ns).state == "live"
    assert len(south.picture) == 3


def test_a_track_that_ends_ends_at_the_end_of_the_chain() -> None:
    world, east, west, south = chain(first(), second())
    west.own = flying(0)
    world.run(6)
    assert len(south.picture) == 5
    east.own = east.own.take(np.array([0, 1]))
    world.run(4)
    assert len(west.picture) == 2
    assert len(south.picture) == 2


def test_a_cut_first_link_lets_what_was_brought_go() -> None:
    world, _, _, south = chain(first(), second())
    world.run(6)
    world.cut.add(frozenset(("EA", "WE")))
    world.run(75)
    assert len(south.picture) == 3


def test_a_report_goes_on_once_and_says_who_brought_it() -> None:
    world, east, west, south = chain(first(), second())
    world.run(3)
    east.gateway.write_report(REPORT, world.now_ns)
    world.run(130)
    (shown,) = south.status(world.now_ns).reports
    assert (shown.station, shown.party, shown.via) == ("EA", "EA", "WE")
    (at_west,) = west.status(world.now_ns).reports
    assert (at_west.station, at_west.via) == ("EA", "")
    rows = [fields_of(west.log.slot(n)) for n in range(west.log.size)]
    (kept,) = west.gateway._book.holding(world.now_ns, frozenset())
    digest = digest_of(msgspec.json.encode(kept.body)).hex()
    released = [row for row in rows if row["subject"] == digest]
    assert [row["kind"] for row in released] == ["ENVELOPE_RECEIVED", "ITEM_RELEASED"]
    assert south.gateway._items.refused == {}


def test_a_report_that_waited_for_the_link_goes_on_after_a_loss_of_power() -> None:
    documents = (first(), second())
    world, east, west, south = chain(*documents)
    world.run(3)
    world.cut.add(frozenset(("WE", "SO")))
    east.gateway.write_report(REPORT, world.now_ns)
    world.run(3)
    again = InProcess(
        "WE",
        "WE",
        {"EA": "EA", "SO": "SO"},
        *documents,
        now_ns=world.now_ns,
        disk=west.disk.survivor(power_loss=3),
        under={"EA": ["east-west"], "SO": ["west-south"]},
    )
    world.stations[world.stations.index(west)] = again
    world.cut.clear()
    world.run(10)
    assert [one.via for one in south.status(world.now_ns).reports] == ["WE"]


def triangle() -> World:
    """East, West and South, each pair with an agreement, all of them agreed to pass all on."""
    pairs = (("EA", "WE"), ("WE", "SO"), ("SO", "EA"))
    names = {frozenset(pair): f"{pair[0]}-{pair[1]}".lower() for pair in pairs}
    nations = ("EA", "WE", "SO")
    documents = []
    for one, other in pairs:
        onward = [
            consent(who, by, to, names[frozenset((by, to))])
            for who in nations
            for by in (one, other)
            for to in nations
            if len({by, to}) == 2
        ]
        documents.append(
            named(names[frozenset((one, other))], (one, other), rule("all"), onward=tuple(onward))
        )
    return world_of(*documents)


def test_nothing_goes_round_between_three_agreements() -> None:
    world = triangle()
    stations = {one.code: one for one in world.stations}
    stations["EA"].own = flying(3)
    came = {code: listening(one) for code, one in stations.items()}
    world.run(4)
    stations["EA"].gateway.write_report(REPORT, world.now_ns)
    world.run(30)
    assert {b.label.originator for b in came["EA"]} <= {"WE", "SO"}
    for code, other in (("WE", "SO"), ("SO", "WE")):
        tellers = {b.station for b in came[code] if len(b.tracks)}
        assert tellers == {"EA", f"EA/{other}"}
        # three aircraft under one number each, however long it goes on
        numbers = {int(n) for b in came[code] if "/" in b.station for n in b.tracks.track}
        assert len(numbers) == 3
        assert min(numbers) >= PASSED_ON
        assert len(stations[code].picture) == 3
        assert len(stations[code].status(world.now_ns).reports) == 1
        assert stations[code].status(world.now_ns).reports[0].via == ""
    assert len(stations["EA"].picture) == 3


def test_two_ways_to_one_nation_give_a_track_one_number() -> None:
    west = consent("EA", "WE", "SO", "west-south")
    north = consent("EA", "NO", "SO", "north-south")
    world = world_of(
        named("east-west", ("EA", "WE"), rule("all"), onward=(west,)),
        named("east-north", ("EA", "NO"), rule("all", originator=("EA", "NO"), to=("EA", "NO")),
              onward=(north,)),
        named("west-south", ("WE", "SO"), rule("all")),
        named("north-south", ("NO", "SO"), rule("n", originator=("EA", "NO"), to=("SO", "NO"))),
    )  # fmt: skip
    south = station(world, "SO")
    station(world, "EA").own = flying(2)
    came = listening(south)
    world.run(8)
    by_teller = {
        teller: {int(n) for b in came if b.station == teller for n in b.tracks.track}
        for teller in ("EA/WE", "EA/NO")
    }
    assert by_teller["EA/WE"] == by_teller["EA/NO"]
    assert len(south.picture) == 2
    assert south.picture.unconfirmed.all()  # what one station saw is not borne out by coming twice


def test_a_state_that_names_itself_its_maker_is_refused_where_no_text_lets_it() -> None:
    both = named("east-west", ("EA", "WE", "SO"), rule("all"))
    world = world_of(both)
    west = station(world, "WE")
    west.own = flying(2)
    world.run(3)
    label = west.gateway.release.label(west.gateway.rules, "east-west")[0]
    wrong = dataclasses.replace(label, originator="EA")
    terms = west.gateway.links["east-west/SO"].terms
    assert terms is not None
    fault = label_fault(wrong, terms, "WE", "WE", "SO")
    assert fault is not None
    assert fault[0] == "WrongOriginator"


def test_a_grant_of_the_agreement_it_came_under_is_none_of_the_one_it_leaves_under() -> None:
    system = named(
        "system",
        ("EA", "SO", "WE"),
        rule("all"),
        onward=(consent("SO", "EA", "WE", "pair"),),
    )
    pair = named("pair", ("EA", "WE"), rule("reports", items=("threat-report",)))
    world = world_of(system, pair)
    station(world, "SO").own = flying(2)
    came = listening(station(world, "WE"))
    world.run(6)
    assert {(b.station, b.agreement) for b in came if len(b.tracks)} == {("SO", "system")}
