"""A partner that means harm, through a whole gateway: what is refused, and what is held apart.

It is a valid station with valid keys; what it lies about, it lies about under its own signature.
"""

from dataclasses import replace

import msgspec
import numpy as np

from gateways_in_process import SENSORS, InProcess, World, numbered_pact, own_station
from lying_station import Liar
from made_up_stations import Side
from pacts_made_up import NOW, flying, label, rule
from skypact.exchange.hails import PROTOCOL, Hail
from skypact.exchange.header import subject_of
from skypact.exchange.link import Link
from skypact.exchange.throttle import EXCESS_BEFORE
from skypact.model.exchange import PartnerPlots, PartnerTracks, TrackClaims
from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.status import PartnerStatus
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.node.gateway_arrivals import MOST_WAITING, Arrivals
from skypact.node.joint import MOST_PLOTS_PER_S, JointTracker
from skypact.node.watch import Watch
from skypact.picture.limits import PictureLimits
from skypact.picture.partners import Partner
from skypact.registration import RegistrationSettings

OPEN = label(by="WE")
REPORT = {"text": "From the north."}


def joined(own: int = 5) -> World:
    """East, which is honest, and West; they hold each other's keys."""
    document = numbered_pact(rule("all"))
    east = InProcess("EA", "EA", {"WE": "WE"}, document)
    west = InProcess("WE", "WE", {"EA": "EA"}, document)
    east.own = flying(own)
    world = World([east, west])
    world.run(4)
    assert east.partner("WE", world.now_ns).state == "live"
    return world


def link_of(one: InProcess) -> Link:
    (held,) = one.gateway.links.values()
    assert held.link is not None
    return held.link


def liar_of(world: World) -> Liar:
    """West's keys in hands that write any header."""
    handshake = link_of(world.stations[1]).reader.handshake
    return Liar(Side(own_station("WE", "WE"), own_station("EA", "EA"), handshake))


def say(world: World, payload: bytes, kind: str) -> None:
    """Let something reach East."""
    (held,) = world.stations[0].gateway.links.values()
    held.receive([(subject_of("WE", "EA", kind), payload, world.now_ns)])


def seen_by_east(world: World) -> PartnerStatus:
    return world.stations[0].partner("WE", world.now_ns)


def same_bits(one: Tracks, other: Tracks) -> bool:
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in TRACK_COLUMNS
    )


def test_old_software_is_refused_by_name_and_the_own_picture_goes_on() -> None:
    document = numbered_pact(rule("all"))
    east = InProcess("EA", "EA", {"WE": "WE"}, document)
    west = InProcess("WE", "WE", {"EA": "EA"}, document)
    east.own = flying(5)
    world = World([east, west], cut={frozenset(("EA", "WE"))})
    for n in range(3):
        world.run(1)
        opener = link_of(east).reader.handshake.opener
        old = Hail(b"\x05" * 16, opener.challenge, bytes(16), "skypact 0.0.1", PROTOCOL + 1 + n)
        say(world, link_of(west).reader.handshake.sealer.hello(old, world.now_ns), "hello")
    world.run(1)
    status = seen_by_east(world)
    assert status.refused == {"OtherProtocol": 3}
    assert "skypact 0.0.1" in status.trouble
    assert status.state != "live"
    assert not link_of(east).reader.handshake.ready
    assert len(east.picture) == 5
    world.cut.clear()
    world.run(4)
    assert (seen_by_east(world).state, seen_by_east(world).trouble) == ("live", "")


def test_after_a_restart_nothing_that_was_said_before_is_believed_again() -> None:
    world = joined()
    east, west = world.stations
    west.own = flying(9)
    world.keep = True
    west.gateway.write_report(REPORT | {"until_ns": world.now_ns + 3600 * SECOND_NS}, world.now_ns)
    world.run(25)  # with keyframes, hails would be among it if keys were renewed
    kept = [payload for code, _, _, payload in world.carried if code == "WE"]
    subjects = [subject for code, _, subject, _ in world.carried if code == "WE"]
    assert len(east.picture) == 9
    assert len(east.status(world.now_ns).reports) == 1
    east.gateway.close()
    again = InProcess(
        "EA",
        "EA",
        {"WE": "WE"},
        numbered_pact(rule("all")),
        now_ns=world.now_ns,
        disk=east.disk,
    )
    again.own = east.own
    world.stations[0] = again
    world.cut = {frozenset(("EA", "WE"))}
    world.run(1)
    (held,) = again.gateway.links.values()
    held.receive([(s, p, world.now_ns) for s, p in zip(subjects, kept, strict=True)])
    world.run(3)
    assert sum(seen_by_east(world).refused.values()) == len(kept)
    assert set(seen_by_east(world).refused) <= {"UnknownEpoch", "OldEpoch", "StaleGrant", "Flood"}
    assert len(again.picture) == 5
    assert not again.parts_from("WE")
    assert len(again.status(world.now_ns).reports) == 1, "the report it had, once"


def test_items_with_another_label_than_may_be_are_refused_and_take_no_effect() -> None:
    world = joined()
    liar, digest = liar_of(world), link_of(world.stations[1])._terms
    assert digest is not None
    lies = {
        "WrongOriginator": western(originator="EA"),
        "NotReleasable": western(releasable_to=("WE",)),
        "WrongLabel": western(classification="unclassified"),
    }
    for reason, wrong in lies.items():
        liar.number += 1_000
        envelope = liar.envelope(
            b"\x01orders",
            wrong,
            kind="items",
            agreement=digest.digest,
            sent_ns=world.now_ns,
            number=liar.number,
        )
        say(world, envelope, "items")
        assert seen_by_east(world).refused[reason] == 1, reason
    world.run(1)
    assert world.stations[0].status(world.now_ns).reports == ()
    assert seen_by_east(world).state == "live"


def western(**changes: object) -> Label:
    fields = {name: getattr(OPEN, name) for name in Label.__dataclass_fields__}
    return Label(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_label_that_was_changed_on_its_way_is_a_forgery() -> None:
    world = joined()
    world.keep = True
    world.stations[1].gateway.write_report(
        REPORT | {"until_ns": world.now_ns + 3600 * SECOND_NS}, world.now_ns
    )
    world.cut = {frozenset(("EA", "WE"))}
    world.run(0.5)
    items = next(p for c, _, s, p in world.carried if c == "WE" and s.endswith(".items"))
    size = int.from_bytes(items[4:6], "big")
    header = msgspec.msgpack.decode(items[6 : 6 + size])
    header[10][1] = "secret" if header[10][1] == "open" else "open"
    body = msgspec.msgpack.encode(header)
    say(world, items[:4] + len(body).to_bytes(2, "big") + body + items[6 + size :], "items")
    world.run(0.5)
    assert seen_by_east(world).refused["Forged"] == 1
    assert world.stations[0].status(world.now_ns).reports == ()


def test_five_thousand_ghosts_stay_unconfirmed_and_no_own_track_changes() -> None:
    world = joined()
    east, west = world.stations
    dice = np.random.default_rng(6)
    west.own = replace(
        flying(5_000),
        mode_3a=np.arange(5_000) % 4096,
        latitude_rad=np.radians(dice.uniform(39.0, 45.0, 5_000)),
        longitude_rad=np.radians(dice.uniform(60.0, 70.0, 5_000)),
    )
    alone = east.own
    world.run(12)
    picture = east.picture
    mine = picture.own_track >= 0
    assert sorted(picture.own_track[mine].tolist()) == sorted(alone.track.tolist())
    assert int(picture.unconfirmed.sum()) == len(picture) - 5 == 5_000
    assert not picture.unconfirmed[mine].any()
    world_alone = joined()
    world_alone.run(12)
    assert same_bits(east.own, world_alone.stations[0].own)
    assert same_bits(
        picture.tracks.take(mine).take(np.argsort(picture.own_track[mine])),
        world_alone.stations[0].picture.tracks,
    )
    west.own = flying(0)
    world.run(12)
    assert len(east.picture) == 5


def test_a_flood_of_states_is_left_and_an_order_in_the_midst_of_it_is_opened() -> None:
    world = joined()
    east, west = world.stations
    link, arrivals = link_of(east), Arrivals()
    junk = [("WE.EA.live", b"junk", world.now_ns)] * (MOST_WAITING + EXCESS_BEFORE)
    arrivals.admit(link, junk)
    assert len(arrivals) == MOST_WAITING
    link.tick(world.now_ns)
    assert link.flooded == {"live"}
    west.gateway.write_report(REPORT | {"until_ns": world.now_ns + 3600 * SECOND_NS}, world.now_ns)
    (west_link,) = west.gateway.links.values()
    world.now_ns += SECOND_NS // 10
    sent = west_link.carry(world.now_ns)
    arrivals.admit(link, [(d.subject, d.payload, world.now_ns) for d in sent])
    while arrivals:
        arrivals.open_some(link)
    link.tick(world.now_ns)
    (held,) = east.gateway.links.values()
    east.gateway.fetch(held, world.now_ns)
    assert len(east.status(world.now_ns).reports) == 1
    counted = link.status(world.now_ns).refused
    assert counted["Flood"] >= len(junk)
    assert "NotAnEnvelope" not in counted, "nothing of a flood is looked at"


def test_what_waits_too_long_to_be_opened_is_a_flood_too() -> None:
    world = joined()
    link, arrivals = link_of(world.stations[0]), Arrivals()
    for _ in range(4):  # each within the rate, but nobody opens them
        world.now_ns += SECOND_NS
        arrivals.admit(link, [("WE.EA.live", b"junk", world.now_ns)] * 1_500)
    assert len(arrivals) == MOST_WAITING
    link.tick(world.now_ns)
    assert link.flooded == {"live"}


def test_plots_beyond_what_a_centre_has_are_not_tracked() -> None:
    joint = JointTracker("EA", SENSORS, RegistrationSettings())
    sensor = replace(SENSORS.sensors[1], name="ghost")
    nothing = Watch("n", "live", SENSORS).tracker.innovations
    blank = PartnerPlots("WE", "east-west", OPEN, Plots.blank(0), (sensor,), NOW)
    joint.take(blank)
    joint.step(Plots.blank(0), nothing, NOW)  # the sensor is known from now on
    for n in range(3 * MOST_PLOTS_PER_S // 500):
        at_ns = NOW + n
        plots = Plots.blank(
            500,
            sensor=np.zeros(500),
            measured_ns=np.full(500, at_ns),
            received_ns=np.full(500, at_ns),
            latitude_rad=np.full(500, 0.74),
            longitude_rad=np.full(500, 1.3),
        )
        joint.take(PartnerPlots("WE", "east-west", OPEN, plots, (sensor,), at_ns))
    assert joint.refused["WE"]["TooManyPlots"] == 2 * MOST_PLOTS_PER_S


def test_batches_beyond_what_an_honest_station_sends_are_refused() -> None:
    limits = PictureLimits()
    partner = Partner("WE", limits)
    tracks = flying(1)
    claims = TrackClaims.own_only(1, "WE")
    batch = PartnerTracks(
        station="WE",
        agreement="east-west",
        label=OPEN,
        tracks=tracks,
        claims=claims,
        blurred=False,
        ended=np.empty(0, np.int64),
        keyframe=False,
        whole=None,
        received_ns=NOW,
    )
    for _ in range(limits.batches + 7):
        partner.put(batch)
    assert partner.refused == {"Flooding": 7}
