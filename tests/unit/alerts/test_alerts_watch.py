"""From a picture to alerts: what is raised when, what it says, and that nothing flaps."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from alert_skies import NOW_NS, SECOND_NS, box, polygon, rules_of, track_at, watch_of
from skypact.alerts.conditions import TrackFacts
from skypact.alerts.rules import Window, default_rules
from skypact.alerts.watch import AlertWatch
from skypact.model.errors import BadAlertRule, NoSuchAlert
from skypact.model.joint import JointTracks

AREA_RULE = """
[[rule]]
id = "in"
watch = "area"
severity = "warning"
area_kinds = ["danger"]
raise_after_s = 2.0
clear_after_s = 10.0
reason = "test"
"""
CODE_RULE = """
[[rule]]
id = "hijack"
watch = "code"
kind = "unlawful-interference"
severity = "warning"
mode_3a = ["7500"]
adsb = [5]
raise_after_s = 2.0
clear_after_s = 10.0
reason = "test"
"""
METRE_DEG = 1.0 / 111_320.0


def after(seconds):
    return NOW_NS + round(seconds * SECOND_NS)


def run(watch, track_of, seconds, start=0):
    """Changes of looks once a second."""
    return [watch.look(track_of(t), after(t)) for t in range(start, start + seconds)]


def kinds(changes):
    return [alert.kind for change in changes for alert in change.raised]


def test_an_aircraft_towards_an_area_is_told_of_before_and_when_it_is_in():
    def flying(t):  # 200 m/s eastwards, 20 km from the border at first
        east = (-20_000 + 200 * t) * METRE_DEG
        return track_at(0.0, 75.0 + east, velocity_mps=(200.0, 0.0))

    watch = watch_of(AREA_RULE, polygon("p", box(75.0, -1.0, 76.0, 1.0), name="Range 7"))
    changes = run(watch, flying, 130)
    first = next(alert for change in changes for alert in change.raised)
    assert (first.kind, first.severity) == ("area-infringement-predicted", "caution")
    assert first.text == "Track 1 will be in Range 7 (danger) in 98 s, now at unknown height"
    assert first.at_ns == pytest.approx(after(100), abs=0.2 * SECOND_NS)
    entered = [alert for change in changes for alert in change.changed]
    assert [(a.kind, a.severity, a.state) for a in entered] == [
        ("area-infringement", "warning", "raised")
    ]
    assert entered[0].id == first.id
    assert entered[0].changed_ns == pytest.approx(after(100), abs=1.1 * SECOND_NS)
    assert "is in Range 7" in entered[0].text
    assert not [alert for change in changes for alert in change.cleared]


def test_time_to_the_border_falls_by_a_second_a_second():
    watch = watch_of(AREA_RULE, polygon("p", box(75.0, -1.0, 76.0, 1.0)))
    told = []
    for t in range(90):
        east = (-20_000 + 200 * t) * METRE_DEG
        watch.look(track_at(0.1, 75.0 + east, velocity_mps=(200.0, 0.0)), after(t))
        told += [alert.at_ns for alert in watch.alerts]
    assert len(told) == 88
    assert np.ptp(told) < 0.01 * SECOND_NS


@pytest.mark.parametrize("seed", range(6))
def test_an_alert_does_not_flap_along_a_border(seed):
    random = np.random.default_rng(seed)
    watch = watch_of(AREA_RULE, polygon("p", box(75.0, 41.0, 76.0, 43.0)))
    noise_m, drift_mps = 0.0, 0.0
    changes = []
    for t in range(600):
        noise_m = 0.9 * noise_m + random.normal(0, 60)  # 140 m, remembered for ten seconds
        drift_mps = 0.9 * drift_mps + random.normal(0, 3)
        tracks = track_at(
            41.2 + 200 * t * METRE_DEG,
            75.0 + noise_m * METRE_DEG / 0.75,
            velocity_mps=(drift_mps, 200.0),
            sigma_m=140.0,
        )
        changes.append(watch.look(tracks, after(t)))
    raised = sum(len(change.raised) for change in changes)
    cleared = sum(len(change.cleared) for change in changes)
    told = sum(len(change.changed) for change in changes)
    assert (raised, cleared) == (1, 0)
    assert told <= 1, "predicted, then in: no way back"


def test_what_hops_over_the_ceiling_by_the_steps_of_mode_c_is_one_alert():
    area = polygon("p", box(75.0, 41.0, 76.0, 43.0), ceiling="FL100")
    watch = watch_of(AREA_RULE, area)
    random = np.random.default_rng(1)

    def level(t):
        return track_at(42.0, 75.5, pressure_altitude_m=3048.0 + 30.48 * random.integers(-1, 3))

    changes = run(watch, level, 200)
    assert kinds(changes) == ["area-infringement"]
    assert not [alert for change in changes for alert in change.cleared]
    gone = run(watch, lambda t: track_at(42.0, 75.5, pressure_altitude_m=3500.0), 20, 200)
    assert [len(change.cleared) for change in gone].index(1) == pytest.approx(10, abs=1)


@pytest.mark.parametrize(
    ("floor", "ceiling", "columns", "within"),
    [
        ("GND", "FL100", {"pressure_altitude_m": 3000.0}, True),
        ("GND", "FL100", {"pressure_altitude_m": 3100.0}, False),
        ("FL100", "UNL", {"pressure_altitude_m": 3000.0}, False),
        ("1500 m", "3000 m", {"altitude_m": 2000.0, "pressure_altitude_m": 9000.0}, True),
        ("1500 m", "10000 ft", {"altitude_m": 3100.0, "pressure_altitude_m": 2000.0}, False),
        ("GND", "FL100", {"altitude_m": 3200.0}, True),  # stands in, 300 m either way
        ("GND", "FL100", {"altitude_m": 3400.0}, False),
        ("FL100", "FL200", {}, True),  # unknown is inside unless the area says otherwise
    ],
)
def test_heights_are_held_against_limits_of_their_own_kind(floor, ceiling, columns, within):
    area = polygon("p", box(75.0, 41.0, 76.0, 43.0), floor=floor, ceiling=ceiling)
    changes = run(watch_of(AREA_RULE, area), lambda t: track_at(42.0, 75.5, **columns), 4)
    assert kinds(changes) == (["area-infringement"] if within else [])


def test_an_unknown_height_is_outside_where_the_area_says_so():
    area = polygon("p", box(75, 41, 76, 43), floor="FL100", unknown_height="outside")
    assert not kinds(run(watch_of(AREA_RULE, area), lambda t: track_at(42.0, 75.5), 4))


def test_a_descent_into_an_area_is_predicted_for_when_it_reaches_the_ceiling():
    area = polygon("p", box(75.0, 41.0, 76.0, 43.0), ceiling="3000 m")
    watch = watch_of(AREA_RULE, area)
    down = {"altitude_m": 4000.0, "velocity_up_mps": -20.0}
    run(watch, lambda t: track_at(42.0, 75.5, **down), 4)
    (alert,) = watch.alerts
    assert alert.kind == "area-infringement-predicted"
    assert alert.at_ns == after(3 + 50)


def test_an_area_is_watched_while_its_schedule_has_it_active():
    window = [{"days": ["tue"], "from": "22:00", "until": "22:20"}]  # NOW is a Tuesday, 22:13:20
    rules = rules_of(AREA_RULE, polygon("p", box(75.0, 41.0, 76.0, 43.0)))
    area = msgspec.structs.replace(
        rules.area[0], window=tuple(msgspec.convert(one, Window) for one in window)
    )
    rules = msgspec.structs.replace(rules, area=(area,))
    watch = AlertWatch("KG", rules)
    in_it = track_at(42.0, 75.5)
    for minute, stands in ((-20, False), (0, True), (6, True), (7, False)):
        for t in range(0, 14):
            watch.look(in_it, after(minute * 60 + t))
        assert bool(watch.alerts) == stands, minute
    watch = AlertWatch("KG", rules)
    for t in range(-14 * 60, -13 * 60 - 25):  # opens in 40 s and less
        watch.look(in_it, after(t))
    assert watch.alerts[0].at_ns == after(-13 * 60 - 20)


def test_an_area_with_a_hole_has_nobody_in_the_hole():
    area = polygon("p", box(75, 41, 76, 43), box(75.4, 41.9, 75.6, 42.1))
    assert not kinds(run(watch_of(AREA_RULE, area), lambda t: track_at(42.0, 75.5), 4))
    into = track_at(42.0, 75.5, velocity_mps=(100.0, 0.0))
    watch = watch_of(AREA_RULE, area)
    run(watch, lambda t: into, 4)
    assert watch.alerts[0].at_ns == pytest.approx(after(3 + 82.7), abs=SECOND_NS)


def test_only_the_three_codes_are_emergencies():
    watch = AlertWatch("KG", default_rules())
    codes = np.arange(0o10000)
    changes = run(watch, lambda t: track_at(42.0, 75.0 + codes * 1e-2, mode_3a=codes), 4)
    told = {alert.kind: codes[alert.tracks[0] - 1] for change in changes for alert in change.raised}
    assert told == {"unlawful-interference": 0o7500, "radio-failure": 0o7600, "emergency": 0o7700}
    assert sum(len(change.raised) for change in changes) == 3


def test_the_emergency_field_of_ads_b_is_as_good_as_a_code():
    watch = watch_of(CODE_RULE)
    tracks = track_at(42.0, [75.0, 76.0, 77.0], callsign=[b"MANAS1", b"", b""])
    facts = replace(TrackFacts.none(3), emergency=np.array([5, 4, -1], np.int8))
    for t in range(4):
        watch.look(tracks, after(t), facts=facts)
    (alert,) = watch.alerts
    assert alert.tracks == (1,)
    assert alert.text == (
        "Track 1 (MANAS1) reports unlawful interference: ADS-B unlawful interference"
    )


def test_a_code_that_is_dialled_through_is_no_alert():
    watch = watch_of(CODE_RULE)
    codes = [0o7400, 0o7500, 0o7500, 0o7600] * 5
    changes = run(watch, lambda t: track_at(42.0, 75.0, mode_3a=codes[t]), 20)
    assert not kinds(changes)


def hijacked(t=0, code=0o7500):
    return track_at(42.0, 75.0, mode_3a=code)


def test_an_alert_says_who_took_note_and_until_when_it_is_shelved():
    watch = watch_of(CODE_RULE)
    run(watch, hijacked, 5)
    (alert,) = watch.alerts
    assert (alert.state, alert.acknowledged_by) == ("raised", "")
    assert alert.first_ns == NOW_NS
    noted = watch.acknowledge(alert.id, "Asanov", after(5))
    assert (noted.state, noted.acknowledged_by, noted.acknowledged_ns) == (
        "acknowledged",
        "Asanov",
        after(5),
    )
    put_aside = watch.shelve(alert.id, "Asanov", after(60), after(6))
    assert (put_aside.state, put_aside.shelved_until_ns) == ("shelved", after(60))
    changes = run(watch, hijacked, 60, 6)
    assert [(a.state, a.changed_ns) for c in changes for a in c.changed] == [
        ("acknowledged", after(60))
    ]
    assert watch.shelve(alert.id, "Asanov", after(100), after(70)).state == "shelved"
    assert watch.shelve(alert.id, "Asanov", after(70), after(71)).state == "acknowledged"
    with pytest.raises(NoSuchAlert):
        watch.acknowledge(b"nobody", "Asanov", after(71))


def test_a_latched_alert_stays_when_over_until_somebody_has_taken_note():
    watch = watch_of(CODE_RULE + "latched = true")
    run(watch, hijacked, 5)
    changes = run(watch, lambda t: hijacked(code=0o2000), 30, 5)
    assert [a.state for c in changes for a in c.changed] == ["over"]
    (alert,) = watch.alerts
    assert alert.last_ns == after(4)
    assert watch.acknowledge(alert.id, "Asanov", after(40)).state == "cleared"
    assert not watch.alerts
    again = watch_of(CODE_RULE + "latched = true")
    run(again, hijacked, 5)
    again.acknowledge(again.alerts[0].id, "Asanov", after(5))
    changes = run(again, lambda t: hijacked(code=0o2000), 30, 5)
    assert [a.state for c in changes for a in c.cleared] == ["cleared"]


def test_what_grows_graver_must_be_acknowledged_anew_and_leaves_the_shelf():
    for act in ("acknowledge", "shelve"):
        watch = watch_of(AREA_RULE, polygon("p", box(75.0, 41.0, 76.0, 43.0)))
        towards = track_at(42.0, 74.9, velocity_mps=(100.0, 0.0))
        run(watch, lambda t, towards=towards: towards, 5)
        (alert,) = watch.alerts
        if act == "acknowledge":
            watch.acknowledge(alert.id, "Asanov", after(5))
        else:
            watch.shelve(alert.id, "Asanov", after(500), after(5))
        changes = run(watch, lambda t: track_at(42.0, 75.01), 2, 5)
        (changed,) = [a for c in changes for a in c.changed]
        assert (changed.state, changed.kind, changed.id) == (
            "raised",
            "area-infringement",
            alert.id,
        )


def test_an_alert_goes_on_when_its_track_gets_its_joint_number():
    watch = watch_of(CODE_RULE)
    tracks = hijacked()
    own = JointTracks.of_own(tracks, "KG")
    tracks.track[0] = -7
    own.own_track[0] = 7
    for t in range(4):
        watch.look(own, after(t))
    (before,) = watch.alerts
    assert before.text.startswith("Own track 7 (code 7500)")
    numbered = JointTracks.of_own(hijacked(), "KG")
    numbered.tracks.track[0] = 4711
    numbered.own_track[0] = 7
    changes = watch.look(numbered, after(4))
    assert not changes.raised
    assert not changes.cleared
    (alert,) = changes.alerts
    assert (alert.id, alert.tracks) == (before.id, (4711,))


def test_new_rules_keep_the_alerts_whose_rule_goes_on_and_clear_the_others():
    area = polygon("p", box(75.0, 41.0, 76.0, 43.0))
    watch = watch_of(AREA_RULE + CODE_RULE, area)
    both = track_at(42.0, 75.5, mode_3a=0o7500)
    run(watch, lambda t: both, 4)
    assert len(watch.alerts) == 2
    code = next(a for a in watch.alerts if a.rule == "hijack")
    watch.acknowledge(code.id, "Asanov", after(4))
    with pytest.raises(BadAlertRule, match="not there"):
        watch.use(rules_of(AREA_RULE.replace("area_kinds", 'areas = ["x"]\narea_kinds')))
    assert len(watch.alerts) == 2
    watch.use(rules_of(CODE_RULE))
    changes = watch.look(both, after(4))
    assert [alert.rule for alert in changes.cleared] == ["in"]
    assert [(a.id, a.state) for a in changes.alerts] == [(code.id, "acknowledged")]


def test_a_replay_that_begins_again_begins_without_alerts():
    watch = watch_of(CODE_RULE)
    run(watch, hijacked, 5)
    first = watch.alerts[0]
    changes = watch.look(hijacked(), after(0))
    assert [a.id for a in changes.cleared] == [first.id]
    run(watch, hijacked, 4, 1)
    assert watch.alerts[0].id == first.id, "the same looks give the same alerts"


def test_a_flood_of_conditions_is_bounded_and_counted():
    watch = watch_of(CODE_RULE)
    many = track_at(np.linspace(0, 80, 2_500), 75.0, mode_3a=0o7500)
    changes = run(watch, lambda t: many, 3)
    assert len(watch.alerts) == 2_000
    assert changes[-1].left_out == 500
