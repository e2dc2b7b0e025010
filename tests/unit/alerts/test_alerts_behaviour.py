"""Transponders, losses, formations, separation, low and slow, sensors, links and clocks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_skies import NOW_NS, SECOND_NS, box, polygon, track_at
from skypact.alerts import suspicion
from skypact.alerts.conditions import TrackFacts
from skypact.alerts.rules import Rules, default_rules
from skypact.alerts.watch import AlertWatch
from skypact.model.alerts import ALERT_KINDS, SEVERITIES
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus, PartnerStatus, RegistrationStatus, SensorStatus

METRE_DEG = 1.0 / 111_320.0


def after(seconds):
    return NOW_NS + round(seconds * SECOND_NS)


def watch_for(*kinds, areas=()):
    """The shipped rules of some ids."""
    rules = [rule for rule in default_rules().rule if not kinds or rule.id in kinds]
    return AlertWatch("KG", Rules(rule=tuple(rules), area=tuple(areas)))


def run(watch, track_of, seconds, start=0, **more):
    return [watch.look(track_of(t), after(t), **more) for t in range(start, start + seconds)]


def raised(changes):
    return [alert for change in changes for alert in change.raised]


def test_a_transponder_that_falls_silent_in_flight_is_told_of():
    watch = watch_for("transponder-lost")
    run(watch, lambda t: track_at(42.0, 75.0, mode_3a=0o1234, mode_s=0x600001), 40)
    changes = run(watch, lambda t: track_at(42.0, 75.0), 20, 40)
    (alert,) = raised(changes)
    assert alert.kind == "transponder-lost"
    assert alert.text == "Track 1 has lost its transponder, 10 s ago"
    back = run(watch, lambda t: track_at(42.0, 75.0, mode_3a=0o1234), 10, 60)
    assert [len(change.cleared) for change in back].count(1) == 1


def test_a_track_that_never_had_a_transponder_has_not_lost_it():
    watch = watch_for("transponder-lost")
    assert not raised(run(watch, lambda t: track_at(42.0, 75.0), 60))
    short = watch_for("transponder-lost")
    run(short, lambda t: track_at(42.0, 75.0, mode_3a=0o1234), 10)
    assert not raised(run(short, lambda t: track_at(42.0, 75.0), 60, 10))


def test_a_changed_address_is_told_of_and_a_gap_or_a_glitch_is_none():
    watch = watch_for("transponder-changed")
    run(watch, lambda t: track_at(42.0, 75.0, mode_s=0x600001), 40)
    gap = run(watch, lambda t: track_at(42.0, 75.0, mode_s=-1), 20, 40)
    same = run(watch, lambda t: track_at(42.0, 75.0, mode_s=0x600001), 40, 60)
    glitch = run(watch, lambda t: track_at(42.0, 75.0, mode_s=0x600099), 2, 100)
    back = run(watch, lambda t: track_at(42.0, 75.0, mode_s=0x600001), 40, 102)
    assert not raised([*gap, *same, *glitch, *back])
    (alert,) = raised(run(watch, lambda t: track_at(42.0, 75.0, mode_s=0x700002), 10, 142))
    assert alert.text.endswith("changed its address from 600001 to 700002")


def test_one_address_on_two_tracks_far_apart_is_told_of_once():
    watch = watch_for("duplicate-address")
    changes = run(watch, lambda t: track_at([42.0, 42.5, 42.501], 75.0, mode_s=0x600001), 10)
    assert [alert.tracks for alert in raised(changes)] == [(1, 2)]
    assert "56 km apart, have one address 600001" in raised(changes)[0].text
    near = watch_for("duplicate-address")
    assert not raised(run(near, lambda t: track_at([42.0, 42.01], 75.0, mode_s=0x600001), 10))
    none = watch_for("duplicate-address")
    assert not raised(run(none, lambda t: track_at([42.0, 45.0], 75.0, mode_s=-1), 10))


def sky(count, t, **columns):
    return track_at(np.linspace(38, 45, count), 75.0, pressure_altitude_m=9000.0, **columns)


def everywhere(latitude_rad, longitude_rad, height_m):
    return np.ones(len(latitude_rad), np.bool_)


def test_a_track_that_ends_in_the_air_is_told_of_and_forgotten():
    watch = watch_for("track-lost", "many-losses")
    run(watch, lambda t: sky(20, t), 40, covered=everywhere)
    changes = run(watch, lambda t: sky(20, t).take(slice(1, None)), 200, 40, covered=everywhere)
    (alert,) = raised(changes)
    assert (alert.kind, alert.tracks) == ("track-lost", (1,))
    assert alert.text == "Track 1 was lost in the air at 9,000 m"
    assert sum(len(change.cleared) for change in changes) == 1


@pytest.mark.parametrize(
    ("columns", "covered"),
    [
        ({"pressure_altitude_m": 300.0}, everywhere),  # may have landed
        ({"pressure_altitude_m": 9000.0}, None),  # nobody knows where coverage ends
        ({"pressure_altitude_m": 9000.0}, lambda lat, lon, h: np.zeros(len(lat), np.bool_)),
    ],
)
def test_a_track_that_may_have_landed_or_left_coverage_is_not_lost(columns, covered):
    watch = watch_for("track-lost")
    run(watch, lambda t: track_at(42.0, 75.0, **columns), 40, covered=covered)
    none = track_at(42.0, 75.0).take(slice(0))
    assert not raised(run(watch, lambda t: none, 10, 40, covered=covered))


def test_many_losses_at_once_are_one_alert_in_place_of_many():
    watch = watch_for("track-lost", "many-losses")
    run(watch, lambda t: sky(40, t), 40)
    changes = run(watch, lambda t: sky(40, t).take(slice(10, None)), 20, 40)
    (alert,) = raised(changes)
    assert (alert.kind, alert.severity) == ("many-losses", "warning")
    assert alert.text == "10 of 40 tracks were lost within 30 s"


def test_a_track_that_gets_its_joint_number_is_not_lost():
    watch = watch_for("track-lost")
    for t in range(60):
        picture = JointTracks.of_own(sky(1, t), "KG")
        picture.own_track[0] = 7
        picture.tracks.track[0] = -7 if t < 50 else 4711
        assert not watch.look(picture, after(t), covered=everywhere).raised


def test_two_that_were_one_and_part_are_told_of():
    watch = watch_for("formation-split")
    flying = {"velocity_mps": (0.0, 200.0)}
    run(watch, lambda t: track_at(42.0 + 200 * t * METRE_DEG, 75.0, **flying), 20)

    def parting(t):
        apart = np.array([0.0, 300.0 + 40.0 * (t - 20)]) * METRE_DEG / 0.74
        return track_at(42.0 + 200 * t * METRE_DEG, 75.0 + apart, velocity_mps=(0.0, 200.0))

    changes = run(watch, parting, 100, 20)
    (alert,) = raised(changes)
    assert (alert.kind, alert.tracks) == ("formation-split", (1, 2))
    assert alert.first_ns == pytest.approx(after(20 + 43), abs=2 * SECOND_NS)


def test_two_that_close_are_told_of_a_minute_before_and_when_they_are_too_near():
    watch = watch_for("separation")

    def closing(t):  # 40 km apart, at 400 m/s together
        way = np.array([-20_000 + 200 * t, 20_000 - 200 * t]) * METRE_DEG
        return track_at(
            0.0,
            75.0 + way,
            velocity_mps=[(200.0, 0.0), (-200.0, 0.0)],
            pressure_altitude_m=[9000.0, 9100.0],
        )

    changes = run(watch, closing, 95)
    (alert,) = raised(changes)
    assert (alert.severity, alert.tracks) == ("caution", (1, 2))
    assert alert.at_ns == pytest.approx(after(87.5), abs=0.2 * SECOND_NS)
    assert alert.first_ns == pytest.approx(after(28), abs=SECOND_NS)
    (now,) = [a for change in changes for a in change.changed]
    assert now.severity == "warning"
    assert "are too near" in now.text


def test_who_flies_in_company_is_told_of_no_more():
    watch = watch_for("separation")

    def together(t):
        return track_at(
            42.0 + 200 * t * METRE_DEG,
            [75.0, 75.01],
            velocity_mps=(0.0, 200.0),
            pressure_altitude_m=9000.0,
        )

    run(watch, together, 30)
    assert len(watch.alerts) == 1
    run(watch, together, 60, 30)
    assert not watch.alerts


@pytest.mark.parametrize(
    ("bits", "columns", "kind"),
    [
        (suspicion.ROUTE_DEVIATION, {}, None),
        (suspicion.ROUTE_DEVIATION, {"mode_3a": 0o7600}, None),  # it explains itself
        (suspicion.ROUTE_DEVIATION | suspicion.COMMUNICATION_LOST, {}, "renegade-suspected"),
        (
            suspicion.INSTRUCTIONS_NOT_FOLLOWED | suspicion.TRANSPONDER_NOT_AS_INSTRUCTED,
            {},
            "renegade-suspected",
        ),
        (suspicion.CONTINUED_REFUSAL | suspicion.ROUTE_DEVIATION, {}, None),
        (15 | suspicion.CONTINUED_REFUSAL, {}, "renegade-probable"),
        (suspicion.DECLARED_SUSPECTED, {}, "renegade-suspected"),
        (suspicion.DECLARED_PROBABLE, {}, "renegade-probable"),
        (suspicion.DECLARED_CONFIRMED, {}, "renegade-confirmed"),
    ],
)
def test_suspicion_follows_the_table_and_only_people_confirm(bits, columns, kind):
    watch = watch_for("renegade")
    facts = replace(TrackFacts.none(1), suspicion=np.array([bits], np.uint8))
    changes = run(watch, lambda t: track_at(42.0, 75.0, **columns), 2, facts=facts)
    assert [alert.kind for alert in raised(changes)] == ([kind] if kind else [])


def test_no_criteria_that_a_machine_finds_confirm_anybody():
    everything = np.arange(suspicion.DECLARED_CONFIRMED, dtype=np.uint8)
    assert suspicion.levels_of(everything).max() < 2


def test_a_suspicion_says_why():
    watch = watch_for("renegade")
    facts = replace(TrackFacts.none(1), suspicion=np.array([3], np.uint8))
    watch.look(track_at(42.0, 75.0), after(0), facts=facts)
    assert watch.alerts[0].text == (
        "Track 1 is a suspected renegade: it deviates significantly from its route,"
        " does not follow instructions"
    )


def test_one_aircraft_that_the_picture_has_twice_is_no_conflict():
    watch = watch_for("separation")
    twice = track_at([42.0, 42.001], 75.0, velocity_mps=(0.0, 90.0), mode_s=0x600001)
    twice.pressure_altitude_m[:] = 5000.0
    assert not raised(run(watch, lambda t: twice, 6))


def test_low_and_slow_without_code_is_told_of_where_it_matters():
    area = polygon("p", box(75.0, 41.0, 76.0, 43.0), kind="protected")
    watch = watch_for("low-and-slow", areas=[area])
    there = np.array([42.0, 42.1, 42.2, 42.3, 44.0])
    tracks = track_at(
        there,
        75.5,
        velocity_mps=[(0, 30.0), (0, 30.0), (0, 100.0), (0, 2.0), (0, 30.0)],
        altitude_m=[1900.0, 5000.0, 1900.0, 1900.0, 1900.0],
    )
    facts = replace(TrackFacts.none(5), ground_m=np.full(5, 1500.0))
    changes = run(watch, lambda t: tracks, 15, facts=facts)
    (alert,) = raised(changes)
    assert alert.text == "Track 1 flies low and slow: 400 m over ground, 108 km/h"


def status(t=0, **more):
    given = {
        "node": "n", "mode": "live", "now_ns": after(t), "speed": 1.0, "plots": 0,
        "plots_per_s": 0.0, "tracks": 0, "finished": False, "sensors": (), "rejected": {},
    }  # fmt: skip
    return NodeStatus(**{**given, **more})


NOBODY = track_at(42.0, 75.0).take(slice(0))


def test_a_silent_or_withheld_sensor_is_told_of():
    watch = watch_for()
    quiet = SensorStatus("Kant", "radar", 42.9, 74.8, "silent", 5, 0.0, after(-40), {})
    off = RegistrationStatus("withheld", "azimuth is off by 107 deg")
    wrong = SensorStatus("Osh", "radar", None, None, "live", 5, 1.0, after(0), {}, off)
    for t in range(8):
        watch.look(NOBODY, after(t), status=status(t, sensors=(quiet, wrong)))
    told = {alert.kind: alert for alert in watch.alerts}
    assert told["sensor-silent"].text == "Sensor Kant is silent: nothing heard for 47 s"
    assert told["sensor-silent"].source == "Kant"
    assert np.degrees(told["sensor-silent"].latitude_rad) == pytest.approx(42.9)
    assert told["sensor-bias"].text == "Sensor Osh is withheld: azimuth is off by 107 deg"
    over = watch_for()
    for t in range(8):
        over.look(NOBODY, after(t), status=status(t, sensors=(quiet,), finished=True))
    assert not over.alerts


def test_a_stale_or_lost_link_and_a_clock_that_is_off_are_told_of():
    watch = watch_for()
    for t in range(12):
        partners = (
            PartnerStatus("KZ", "KZ", "accord", "lost", after(-30)),
            PartnerStatus("RU", "RU", "accord", "stale", after(-6), clock_offset_s=-0.7),
            PartnerStatus("TJ", "TJ", "accord", "closed"),
        )
        watch.look(NOBODY, after(t), status=status(t, partners=partners))
    told = [(alert.kind, alert.severity, alert.source) for alert in watch.alerts]
    assert told == [
        ("link-lost", "warning", "KZ accord"),
        ("link-stale", "caution", "RU accord"),
        ("clock", "caution", "RU accord"),
    ]
    assert watch.alerts[2].text == "The clock of RU (RU, accord) is 0.70 s behind ours"
    back = (PartnerStatus("RU", "RU", "accord", "live", after(12), clock_offset_s=-0.45),)
    for t in range(12, 60):
        watch.look(NOBODY, after(t), status=status(t, partners=back))
    assert [alert.kind for alert in watch.alerts] == ["clock"], "within its hysteresis"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_picture_whatever_raises_an_error_and_the_same_looks_give_the_same_alerts(seed):
    areas = [
        polygon("p", box(74.0, 41.0, 76.0, 43.0), kind="prohibited", ceiling="FL200"),
        polygon("n", box(70.0, 38.0, 80.0, 46.0), kind="national"),
    ]

    def played():
        random = np.random.default_rng(seed)
        watch = watch_for(areas=areas)
        told = []
        for t in range(12):
            count = int(random.integers(0, 30))
            tracks = track_at(
                random.uniform(40, 44, count),
                random.uniform(73, 77, count),
                velocity_mps=random.normal(0, 200, (count, 2)),
                pressure_altitude_m=random.uniform(0, 9_000, count),
                mode_3a=random.choice([-1, 0o7500, 0o1000], count),
                mode_s=random.choice([-1, 0x600001, 0x600002], count),
            )
            tracks.track[:] = random.integers(-5, 20, count)
            for name in (
                "latitude_rad", "longitude_rad", "altitude_m", "pressure_altitude_m",
                "velocity_east_mps", "velocity_up_mps", "horizontal_sigma_m",
            ):  # fmt: skip
                bad = random.random(count) < 0.2
                getattr(tracks, name)[bad] = random.choice([np.nan, np.inf, -np.inf, 1e308, -1e9])
            changes = watch.look(tracks, after(t * random.choice([1, 1, 5])))
            told.append(changes)
            assert all(alert.kind in ALERT_KINDS for alert in changes.alerts)
            assert all(alert.severity in SEVERITIES for alert in changes.alerts)
            assert len({alert.id for alert in changes.alerts}) == len(changes.alerts)
        return repr(told)

    assert played() == played()
