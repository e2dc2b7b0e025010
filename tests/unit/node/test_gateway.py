"""Two stations and a joint post in one process: what each shows, what leaves, what lapses."""

import datetime

import msgspec
import numpy as np

from agreement_texts import notice
from gateways_in_process import InProcess, World, numbered_pact, numbers
from pacts_made_up import NOW, flying, rule
from skypact.audit.record import Kind, fields_of
from skypact.model.time import DAY_NS, SECOND_NS, from_iso
from skypact.model.tracks import TRACK_COLUMNS
from skypact.node.exchange_settings import Marking

EAST_WEST = {"EA": "EA", "WE": "WE"}
ALL = {**EAST_WEST, "POST": "EA"}


def world_of(*rules, stations: dict[str, str] = EAST_WEST, **words) -> World:
    document = numbered_pact(*rules, **words)
    return World(
        [
            InProcess(code, party, {k: v for k, v in stations.items() if k != code}, document)
            for code, party in stations.items()
        ]
    )


def side_by_side(world: World) -> tuple[InProcess, InProcess]:
    """East sees five aircraft, west the last two of them and one more."""
    east, west = world.stations[:2]
    east.own = flying(5)
    west.own = flying(6).take(np.array([3, 4, 5]))
    return east, west


def joint_numbers(one: InProcess) -> list[int]:
    return sorted(one.picture.tracks.track[one.picture.tracks.track > 0].tolist())


def test_both_show_one_picture_with_one_number_an_aircraft() -> None:
    world = world_of(rule("all"))
    east, west = side_by_side(world)
    world.run(15)
    assert len(east.picture) == len(west.picture) == 6
    assert joint_numbers(east) == joint_numbers(west)
    assert len(joint_numbers(east)) == 6
    for one, other in ((east, "WE"), (west, "EA")):
        status = one.partner(other, world.now_ns)
        assert (status.state, status.paired) == ("live", 2)
        assert status.refused == {}
    assert east.partner("WE", world.now_ns).tracks == 3
    assert east.partner("WE", world.now_ns).unconfirmed == 1
    assert west.partner("EA", world.now_ns).unconfirmed == 3


def test_own_tracks_are_bit_for_bit_what_they_are_without_partners() -> None:
    world = world_of(rule("all"))
    east, _ = side_by_side(world)
    world.run(12)
    alone = east.picture.take((east.picture.own_track >= 0) & (east.picture.contributors == 1))
    mine = east.own.take(np.isin(east.own.track, alone.own_track))
    for name in set(TRACK_COLUMNS) - {"track"}:
        assert getattr(alone.tracks, name).tobytes() == getattr(mine, name).tobytes(), name


def test_nothing_is_told_without_a_rule() -> None:
    world = world_of()
    east, west = side_by_side(world)
    world.run(12)
    assert (len(east.picture), len(west.picture)) == (5, 3)
    assert west.partner("EA", world.now_ns).state == "live"
    assert west.partner("EA", world.now_ns).tracks == 0


def test_a_link_says_why_nothing_leaves_over_it() -> None:
    document = numbered_pact(rule("all"))
    cosmic = (Marking("east-west", "cosmic"),)
    east = InProcess("EA", "EA", {"WE": "WE"}, document, markings=cosmic)
    west = InProcess("WE", "WE", {"EA": "EA"}, document)
    east.own = flying(2)
    world = World([east, west])
    world.run(5)
    assert len(west.picture) == 0
    assert "cosmic" in east.partner("WE", world.now_ns).trouble
    world.now_ns = NOW + 5001 * DAY_NS
    assert "has ended" in west.partner("EA", world.now_ns).trouble


def test_blurred_tracks_are_shown_apart_and_lead_back_to_no_number() -> None:
    world = world_of(rule("coarse", "blurred", blur="coarse"))
    east, west = world.stations
    east.own = flying(3)
    world.run(12)
    assert west.picture.blurred.tolist() == [True] * 3
    assert np.isnan(west.picture.tracks.velocity_east_mps).all()
    assert joint_numbers(west) == []
    assert not set(west.picture.tracks.track.tolist()) & {1, 2, 3}


def test_a_cut_link_costs_the_partners_tracks_and_no_own_one() -> None:
    world = world_of(rule("all"))
    east, west = side_by_side(world)
    world.run(15)
    numbers = joint_numbers(east)
    world.cut.add(frozenset(("EA", "WE")))
    world.run(75)
    assert len(east.picture) == 5
    assert west.partner("EA", world.now_ns).state == "lost"
    world.cut.clear()
    world.run(20)
    assert len(east.picture) == len(west.picture) == 6
    assert joint_numbers(east) == joint_numbers(west) == numbers


def test_a_joint_post_gets_both_sides_and_passes_on_by_the_parts_labels() -> None:
    world = world_of(rule("all"), stations=ALL)
    east, west = side_by_side(world)
    post = world.stations[2]
    world.run(20)
    assert len(post.picture) == 6
    assert joint_numbers(post) == joint_numbers(east) == joint_numbers(west)
    world.cut.add(frozenset(("EA", "WE")))  # what one has the other now gets from the post
    world.run(70)
    assert len(east.picture) == len(west.picture) == 6
    assert east.partner("POST", world.now_ns).refused == {}


def test_what_only_one_party_may_see_does_not_pass_the_post() -> None:
    document = numbered_pact(rule("east-to-west", originator=("EA",), to=("WE",)))
    world = World(
        [
            InProcess(code, party, {k: v for k, v in ALL.items() if k != code}, document)
            for code, party in ALL.items()
        ]
    )
    east, _ = side_by_side(world)
    world.run(20)
    post = world.stations[2]
    assert len(post.picture) == 5  # the west gives nothing
    assert len(east.picture) == 5


def test_after_the_last_day_nothing_leaves_and_received_tracks_go() -> None:
    term = msgspec.structs.replace(numbered_pact().term, renewal="none")
    last = from_iso("2035-02-02")
    world = world_of(rule("all"), term=term)
    east, _ = side_by_side(world)
    world.run(12)
    assert len(east.picture) == 6
    world.now_ns = last - 20 * SECOND_NS
    world.run(19)
    world.keep = True
    world.run(60)
    assert len(east.picture) == 5
    assert east.partner("WE", world.now_ns).state == "closed"
    assert "not in force" in east.partner("WE", world.now_ns).trouble
    kinds = {str(fields_of(east.log.slot(n))["kind"]) for n in range(east.log.size)}
    assert Kind.RECEIVED_DATA_FROZEN.name in kinds
    late = [one for one in world.carried if one[2]][-1:]
    world.carried.clear()
    world.run(10)
    assert world.carried == []
    assert late


REPORT = {
    "text": "Low and fast, up the valley.",
    "from_ns": NOW,
    "until_ns": NOW + 3600 * SECOND_NS,
    "agreement": None,
    "classification": None,
    "latitude_deg": 43.0,
    "longitude_deg": 75.0,
    "radius_m": 5000.0,
    "outline_deg": (),
    "tracks": (),
}


def test_a_threat_report_is_shown_on_all_and_survives_a_cut() -> None:
    world = world_of(rule("all"), stations=ALL)
    world.run(3)
    world.cut.add(frozenset(("EA", "WE")))
    told = world.stations[0].gateway.write_report(REPORT, world.now_ns)
    assert told["sent_to"] == ["east-west/POST", "east-west/WE"]
    world.run(40)
    shown = [len(one.status(world.now_ns).reports) for one in world.stations]
    assert shown == [1, 0, 1]
    world.cut.clear()
    world.run(10)
    reports = [one.status(world.now_ns).reports for one in world.stations]
    assert reports[0] == reports[1] == reports[2]
    assert (reports[1][0].party, reports[1][0].text) == ("EA", REPORT["text"])


def test_a_report_posted_before_a_loss_of_power_arrives_once_after_it() -> None:
    world = world_of(rule("all"))
    world.run(3)
    east, west = world.stations
    world.cut.add(frozenset(("EA", "WE")))
    east.gateway.write_report(REPORT, world.now_ns)
    world.run(1)
    again = InProcess(
        "EA",
        "EA",
        {"WE": "WE"},
        numbered_pact(rule("all")),
        now_ns=world.now_ns,
        disk=east.disk.survivor(power_loss=5),
    )
    world.stations[0] = again
    world.cut.clear()
    world.run(10)
    shown = [one.status(world.now_ns).reports for one in world.stations]
    assert shown[0] == shown[1]
    assert len(shown[1]) == 1
    rebooted = InProcess(
        "WE",
        "WE",
        {"EA": "EA"},
        numbered_pact(rule("all")),
        now_ns=world.now_ns,
        disk=west.disk.survivor(power_loss=6),
    )
    world.stations[1] = rebooted
    world.run(10)
    assert rebooted.status(world.now_ns).reports == shown[1]
    assert "ReportRefused" not in rebooted.partner("EA", world.now_ns).refused


def test_a_report_that_no_rule_lets_leave_stays_at_home() -> None:
    world = world_of(rule("r", items=("threat-report",), up_to="official"))
    world.run(3)
    secret = world.stations[0].gateway.write_report(
        REPORT | {"classification": "secret"}, world.now_ns
    )
    assert (secret["sent_to"], list(secret["withheld"])) == ([], ["east-west/WE"])
    open_one = world.stations[0].gateway.write_report(REPORT, world.now_ns)
    assert open_one["sent_to"] == ["east-west/WE"]
    world.run(5)
    assert len(world.stations[0].status(world.now_ns).reports) == 2
    assert len(world.stations[1].status(world.now_ns).reports) == 1


def test_a_report_is_marked_as_the_rule_for_reports_asks() -> None:
    only = rule("threats", items=("threat-report",), categories=("AIR",))
    world = world_of(only)
    world.run(3)
    assert world.stations[0].gateway.write_report(REPORT, world.now_ns)["withheld"] == {}


def test_heads_pass_each_minute_and_are_recorded() -> None:
    world = world_of(rule("all"))
    side_by_side(world)
    world.run(130)
    for one in world.stations:
        rows = [fields_of(one.log.slot(n)) for n in range(one.log.size)]
        heads = [row for row in rows if row["kind"] == Kind.HEAD_OF_PARTNER.name]
        assert [row["outcome"] for row in heads] == ["DONE"] * 3
        kinds = {str(row["kind"]) for row in rows}
        assert {"KEY_EPOCH", "ENVELOPE_SENT", "ENVELOPE_RECEIVED", "ITEM_RELEASED"} <= kinds


def test_a_notice_signed_at_one_station_is_known_at_the_other() -> None:
    world = world_of(rule("all"))
    east, west = world.stations
    world.run(3)
    given = notice(numbered_pact(rule("all")), "EA", datetime.date(2030, 2, 20))
    east.agreements.state.add(given, world.now_ns, "by hand")
    world.run(70)
    chain = west.agreements.state.store.chains["east-west"]
    assert chain.notices == (given,)


def test_a_restarted_station_gives_no_joint_number_twice() -> None:
    world = world_of(rule("all"))
    east, _ = side_by_side(world)
    world.run(12)
    before = set(joint_numbers(east))
    document = numbered_pact(rule("all"))
    again = InProcess(
        "EA", "EA", {"WE": "WE"}, document, now_ns=world.now_ns, disk=east.disk.survivor(7)
    )
    again.own = flying(3, world.now_ns, latitude_rad=np.full(3, 0.70), track=[101, 102, 103])
    world.stations[0] = again
    world.run(15)
    theirs = again.picture.own_track >= 0
    fresh = set(again.picture.tracks.track[theirs].tolist())
    assert len(fresh) == 3
    assert min(fresh) > 0
    assert not fresh & before


def test_exercise_data_goes_by_the_rules_for_exercises_only() -> None:
    document = numbered_pact(rule("training", exercise=True))
    for exercise, shown in ((False, 0), (True, 3)):
        east, west = (
            InProcess(code, code, {other: other}, document, exercise=exercise)
            for code, other in (("EA", "WE"), ("WE", "EA"))
        )
        east.own = flying(3)
        World([east, west]).run(8)
        assert len(west.picture) == shown


def fly_plots(one: InProcess, world: World, targets: list[int], seconds: int) -> None:
    """Let a station's radar of positions see aircraft on parallels of their own."""
    for _ in range(seconds):
        world.run(1)
        for station in world.stations:
            seen = targets if station is one else []
            station.see(seen, world.now_ns)


def test_partners_plots_make_tracks_of_their_own_at_the_post_marked_as_they_were() -> None:
    plots_only = rule("plots", items=("plot",), up_to="secret")
    document = numbered_pact(plots_only)
    markings = (Marking("east-west", "secret", ("AIR",)),)
    world = World(
        [
            InProcess(
                code,
                party,
                {k: v for k, v in ALL.items() if k != code},
                document,
                markings=markings if code == "WE" else (),
            )
            for code, party in ALL.items()
        ]
    )
    east, west, post = world.stations
    fly_plots(west, world, [0, 1, 2], 25)
    assert post.picture.tracks.confirmed.sum() == 3
    assert set(post.picture.contributors.tolist()) == {1 << post.picture.stations.index("WE")}
    assert post.picture.own_track.tolist() == [-1] * 3
    (label,) = {part.label for part in east.parts_from("POST")}
    assert (label.classification, label.categories) == ("secret", ("AIR",))
    assert label.originator == "POST"
    assert west.partner("POST", world.now_ns).refused == {}


def test_plots_marked_for_others_make_no_track_that_the_post_passes_on() -> None:
    everyone = tuple(
        numbers(code, code, 10_000 * k) for k, code in enumerate(("EA", "WE", "SO"), 1)
    )
    stations = (*everyone, numbers("POST", "EA", 90_000, post=True))
    document = numbered_pact(
        rule("plots", items=("plot",)), stations=stations, parties=("EA", "WE", "SO")
    )
    codes = {"EA": "EA", "WE": "WE", "SO": "SO", "POST": "EA"}
    world = World(
        [
            InProcess(code, party, {k: v for k, v in codes.items() if k != code}, document)
            for code, party in codes.items()
        ]
    )
    west, south, post = world.stations[1:]
    fly_plots(west, world, [0, 1], 25)
    assert south.picture.tracks.confirmed.sum() == 2
    # what came so far may be seen by all; from now on the west marks its plots for the east only
    narrow = InProcess(
        "WE",
        "WE",
        {k: v for k, v in codes.items() if k != "WE"},
        document,
        now_ns=world.now_ns,
        disk=west.disk.survivor(),
        markings=(Marking("east-west", releasable_to=("EA", "WE")),),
    )
    world.stations[1] = narrow
    world.run(3)
    before = len(post.picture)
    fly_plots(narrow, world, [0, 1], 20)
    assert before == 2
    assert south.picture.tracks.confirmed.sum() == 0
