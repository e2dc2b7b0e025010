"""Own and partners' plots together: one number an aircraft, whoever saw it first."""

import math
from dataclasses import replace

import numpy as np
import pytest

from pacts_made_up import NOW, label
from skypact.model.exchange import PartnerPlots
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS
from skypact.node.joint import JointTracker, OwnSide
from skypact.node.joint_numbers import ALONE, PAIRED_WITHIN, PictureNumbers
from skypact.node.same_plots import SamePlots
from skypact.node.watch import Watch
from skypact.registration import RegistrationSettings
from skypact.tracking import TrackerSettings

OWN = SensorTable((Sensor("Near", "adsb", rotation_s=1.0, position_sigma_m=15.0),))
THEIRS = (Sensor("Far", "adsb", rotation_s=1.0, position_sigma_m=15.0),)


def seen(second: int, targets: list[int], sigma_seed: int) -> Plots:
    """Plots of some of the targets, each on its own parallel, flying east at about 230 m/s."""
    dice = np.random.default_rng((second, sigma_seed))
    at = np.array(targets, np.float64)
    return Plots.blank(
        len(targets),
        measured_ns=np.full(len(targets), NOW + second * SECOND_NS),
        received_ns=np.full(len(targets), NOW + second * SECOND_NS + 100_000_000),
        latitude_rad=np.radians(42.0 + at / 5 + dice.normal(0, 1e-4, len(at))),
        longitude_rad=np.radians(75.0 + second * 0.0028 + dice.normal(0, 1e-4, len(at))),
        altitude_m=np.full(len(at), 9000.0),
        mode_s=(at + 0x600000).astype(int),
    )


class Station:
    def __init__(self) -> None:
        self.watch = Watch("n", "live", OWN, TrackerSettings(keep_innovations=True))
        self.plain = Watch("n", "live", OWN)
        self.joint = JointTracker("EA", OWN, RegistrationSettings())
        self.second = 0
        self.side = OwnSide(self.watch.picture, np.empty(0, np.uint64), ())

    def run(self, seconds: int, own: list[int], theirs: list[int]) -> list[OwnSide]:
        sides = []
        for _ in range(seconds):
            self.second += 1
            now_ns = NOW + self.second * SECOND_NS + SECOND_NS // 2
            for watch in (self.watch, self.plain):
                watch._waiting.append(seen(self.second, own, 1))
            if theirs:
                plots = seen(self.second, theirs, 2)
                batch = PartnerPlots("WE", "a", label(), plots, THEIRS, now_ns - 200_000_000)
                self.joint.take(batch)
            self.watch.advance(now_ns)
            self.plain.advance(now_ns)
            self.joint.step(self.watch.used, self.watch.tracker.innovations, now_ns)
            self.side = self.joint.own_side(self.watch.picture)
            sides.append(self.side)
        return sides


def shown(side: OwnSide) -> dict[int, int]:
    """Number in the picture to contributors' bits, of confirmed tracks."""
    confirmed = side.tracks.confirmed
    return dict(
        zip(
            side.tracks.track[confirmed].tolist(),
            side.contributors[confirmed].tolist(),
            strict=True,
        )
    )


def test_without_partners_plots_the_own_tracks_are_all_there_is() -> None:
    station = Station()
    station.run(20, [0, 1], [])
    assert not station.joint.running
    assert shown(station.side) == {1: 1, 2: 1}


def test_one_aircraft_is_one_track_on_the_sensors_of_both() -> None:
    station = Station()
    station.run(40, [0, 1], [0, 1, 2])
    own = sorted(station.watch.picture.track.tolist())
    found = shown(station.side)
    assert sorted(n for n in found if n < ALONE) == own
    assert [found[n] for n in own] == [3, 3]
    (alone,) = (n for n in found if n >= ALONE)
    assert found[alone] == 2
    assert station.joint.numbers.own_behind(station.side.tracks.track).tolist() == [*own, -1]
    sigma = station.side.tracks.horizontal_sigma_m
    assert (sigma[:2] < station.watch.picture.horizontal_sigma_m).all()


def test_the_own_tracks_are_bit_for_bit_those_without_partners() -> None:
    station = Station()
    station.run(30, [0, 1], [0, 1, 2])
    for name in TRACK_COLUMNS:
        ours, plain = getattr(station.watch.picture, name), getattr(station.plain.picture, name)
        assert ours.tobytes() == plain.tobytes(), name


def test_an_aircraft_keeps_its_number_when_own_sensors_come_to_see_it_and_lose_it() -> None:
    station = Station()
    station.run(25, [0], [0, 1])
    (alone,) = (n for n in shown(station.side) if n >= ALONE)
    sides = station.run(25, [0, 1], [0, 1])
    for side in sides[10:]:
        assert sorted(shown(side).values()) == [3, 3]
        assert alone in shown(side)
    number = station.joint.numbers.own_behind(np.array([alone]))
    assert number.tolist() != [-1]
    assert station.joint.numbers.of_own(number).tolist() == [alone]


def test_own_tracks_go_on_when_the_partner_falls_silent() -> None:
    station = Station()
    station.run(25, [0, 1], [0, 1])
    before = sorted(shown(station.side))
    station.run(60, [0, 1], [])
    assert sorted(shown(station.side)) == before


def test_numbers_of_sensors_that_nobody_described_are_refused_and_counted() -> None:
    joint = JointTracker("EA", OWN, RegistrationSettings())
    plots = replace(seen(1, [0, 1], 1), sensor=np.array([-1, 3], np.int32))
    joint.take(PartnerPlots("WE", "a", label(), plots, THEIRS, NOW))
    assert joint.refused == {"WE": {"UnknownSensor": 2}}


def test_plots_of_a_sensor_that_is_about_to_be_taken_in_are_not_counted_as_refused() -> None:
    joint = JointTracker("EA", OWN, RegistrationSettings())
    joint.take(PartnerPlots("WE", "a", label(), seen(1, [0], 1), THEIRS, NOW))
    assert joint.refused == {}


def test_a_partner_that_names_ever_new_sensors_does_not_keep_the_tracker_from_tracking() -> None:
    joint = JointTracker("EA", OWN, RegistrationSettings())
    nothing = Watch("n", "live", OWN).tracker.innovations
    begun = set()
    for second in range(600):
        sensors = (replace(THEIRS[0], name=f"s{second}"),)
        now_ns = NOW + second * SECOND_NS
        joint.take(PartnerPlots("WE", "a", label(), seen(second, [0], 1), sensors, now_ns))
        joint.step(Plots.blank(0), nothing, now_ns)
        begun.add(joint._rebuilt_ns)
    assert len(begun) <= 8


@pytest.mark.parametrize("rotation_s", [0.0, math.nan, -1.0])
def test_a_sensor_that_cannot_be_is_not_taken_in(rotation_s: float) -> None:
    joint = JointTracker("EA", OWN, RegistrationSettings())
    wrong = (replace(THEIRS[0], rotation_s=rotation_s),)
    joint.take(PartnerPlots("WE", "a", label(), seen(1, [0], 1), wrong, NOW))
    joint.step(Plots.blank(0), Watch("n", "live", OWN).tracker.innovations, NOW)
    assert not joint.running


def test_pairs_hold_against_a_few_plots_that_went_astray() -> None:
    same = SamePlots()
    own, joint = np.array([1, 2]), np.array([7, 8])
    for second in range(30):
        plots = np.array([2 * second, 2 * second + 1])
        same.handed(2 * second, plots)
        same.own(plots, own)
        swapped = second in (10, 11, 20)
        same.joint(plots, joint[::-1].copy() if swapped else joint)
        if second > 1:
            assert same.pairs(own, joint) == {1: 7, 2: 8}
    assert same.pairs(own[:1], joint) == {1: 7}
    same.forget_joint()
    assert same.pairs(own, joint) == {}


def test_a_number_is_the_one_under_which_the_aircraft_was_shown_first() -> None:
    numbers = PictureNumbers()
    assert numbers.alone([7], [False]) == [True]
    numbers.join(3, 7)  # the watch has just found what partners' plots showed
    assert numbers.of_own(np.array([3])).tolist() == [ALONE + 7]
    numbers.note_shown([3, 4])
    assert numbers.alone([8], [False]) == [True]
    numbers.join(4, 8)  # both were shown: the own number stays
    assert numbers.of_own(np.array([3, 4])).tolist() == [ALONE + 7, 4]
    assert numbers.own_behind(np.array([ALONE + 7, 4, ALONE + 8])).tolist() == [3, 4, -1]


def test_a_pair_that_parts_leaves_the_number_with_the_own_track() -> None:
    numbers = PictureNumbers()
    numbers.join(3, 7)
    shown = [numbers.alone([7], [True]) for _ in range(PAIRED_WITHIN + 1)]
    assert shown == [[False]] * PAIRED_WITHIN + [[True]]
    assert numbers.of_joint(np.array([7])).tolist() == [ALONE + 7]
    assert numbers.of_own(np.array([3])).tolist() == [3]
    numbers.keep([], [])
    assert numbers.alone([9], [True]) == [False]
