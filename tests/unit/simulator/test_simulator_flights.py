"""Paths have no gaps, turns their radius, and what cannot be flown is refused in words."""

import itertools

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_ecef
from skypact.model.errors import BadInput
from skypact.simulator.flights import Clearance, Hold, Identity, Plan, Waypoint, fly, turn_radius_m
from skypact.simulator.routes import Arc, leg, normal, path
from skypact.simulator.truth import assemble


def at(latitude_deg: float, longitude_deg: float) -> np.ndarray:
    return normal(np.radians(latitude_deg), np.radians(longitude_deg))


def end_of(arc: Arc) -> np.ndarray:
    return arc.a + arc.b * np.cos(arc.angle_rad) + arc.c * np.sin(arc.angle_rad)


def heading(arc: Arc, angle_rad: float) -> np.ndarray:
    tangent = -arc.b * np.sin(angle_rad) + arc.c * np.cos(angle_rad)
    return tangent / np.linalg.norm(tangent)


@pytest.mark.parametrize(
    "corners",
    [
        [(42.0, 72.0), (42.5, 73.0), (41.0, 74.0), (43.0, 75.5)],
        [(10.0, 179.0), (11.0, -179.5), (9.0, -178.0)],  # across the date line
        [(89.5, 0.0), (89.9, 120.0), (89.0, 200.0)],  # about the pole
    ],
)
def test_a_path_is_smooth_through_its_corners(corners: list[tuple[float, float]]) -> None:
    points = [at(*corner) for corner in corners]
    arcs, passed_m = path(points, [8000.0] * len(points))
    assert len(arcs) == 2 * len(points) - 3
    assert len(passed_m) == len(points)
    for before, after in itertools.pairwise(arcs):
        # a ten-millionth of the radius is 0.6 m; this holds to micrometres
        assert np.abs(end_of(before) - (after.a + after.b)).max() < 1e-12
        assert np.abs(heading(before, before.angle_rad) - heading(after, 0.0)).max() < 1e-8
    assert np.abs(end_of(arcs[-1]) - points[-1]).max() < 1e-9
    assert [a.radius_m for a in arcs[1::2]] == pytest.approx([8000.0] * (len(points) - 2), rel=1e-6)
    assert (np.diff(passed_m) > 0).all()


def test_a_leg_is_the_great_circle() -> None:
    arc = leg(at(0.0, 10.0), at(0.0, 11.0))
    assert arc.length_m == pytest.approx(np.radians(1.0) * 6_371_008.8)


def test_turns_are_held_by_bank_when_fast_and_by_rate_when_slow() -> None:
    # v^2 / (g tan 25 deg) = 240^2 / 4.573; v / (3 deg/s) = 60 / 0.05236
    assert turn_radius_m(240.0) == pytest.approx(12_596.0, rel=1e-3)
    assert turn_radius_m(60.0) == pytest.approx(1145.9, rel=1e-3)


CRUISE = Clearance(10_000.0, 230.0)


def plan(*waypoints: Waypoint, begin: Clearance | None = None) -> Plan:
    return Plan(Identity("TEST"), waypoints, begin)


def test_a_clearance_is_reached_at_its_rates_and_kept() -> None:
    climb = Clearance(9000.0, 200.0, climb_mps=10.0, acceleration_mps2=0.2)
    flight = fly(
        plan(
            Waypoint("A", at(42.0, 72.0), climb),
            Waypoint("B", at(42.0, 76.0)),
            begin=Clearance(1000.0, 100.0),
        )
    )
    truth = assemble([(0.0, flight)], 0, 0.0)
    state = truth.state(np.zeros(4, np.int64), np.array([0.0, 100.0, 500.0, 900.0]))
    assert state.altitude_m == pytest.approx([1000.0, 2000.0, 6000.0, 9000.0])
    speed = np.hypot(state.velocity_east_mps, state.velocity_north_mps)
    # lengths are laid out on a mean sphere at sea level: true within 0.5 %
    assert speed == pytest.approx([100.0, 120.0, 200.0, 200.0], rel=5e-3)


def test_a_flight_ends_low_when_told_to_descend_to_its_end() -> None:
    low = Clearance(800.0, 80.0, climb_mps=7.0, acceleration_mps2=0.15)
    waypoints = (Waypoint("A", at(42.0, 72.0), CRUISE), Waypoint("B", at(42.0, 77.0)))
    flight = fly(Plan(Identity(), waypoints, descend_to=low))
    truth = assemble([(0.0, flight)], 0, 0.0)
    end = truth.state(np.zeros(1, np.int64), np.array([flight.duration_s - 0.01]))
    middle = truth.state(np.zeros(1, np.int64), np.array([flight.duration_s / 3.0]))
    assert end.altitude_m[0] == pytest.approx(800.0, abs=1.0)
    assert middle.altitude_m[0] == pytest.approx(10_000.0)
    x, y, z = geodetic_to_ecef(end.latitude_rad, end.longitude_rad, 0.0)
    goal = np.array(geodetic_to_ecef(np.radians(42.0), np.radians(77.0), 0.0))
    assert np.linalg.norm([x[0], y[0], z[0]] - goal) < 10.0


def test_a_hold_brings_the_aircraft_back_over_its_fix() -> None:
    way = [
        Waypoint("A", at(42.0, 72.0), Clearance(5000.0, 120.0)),
        Waypoint("FIX", at(42.0, 73.0), hold=Hold(3)),
        Waypoint("B", at(42.0, 74.0)),
    ]
    flight = fly(plan(*way))
    truth = assemble([(0.0, flight)], 0, 0.0)
    times = np.arange(0.0, flight.duration_s, 1.0)
    state = truth.state(np.zeros(len(times), np.int64), times)
    off_m = 6.37e6 * np.hypot(
        state.latitude_rad - np.radians(42.0),
        (state.longitude_rad - np.radians(73.0)) * np.cos(np.radians(42.0)),
    )
    near = off_m < 400.0
    assert np.count_nonzero(near[1:] & ~near[:-1]) == 4, "once on arrival and once a round"


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (plan(Waypoint("A", at(42, 72), CRUISE)), "two points"),
        (plan(Waypoint("A", at(42, 72)), Waypoint("B", at(42, 73))), "height and speed"),
        (plan(Waypoint("A", at(42, 72), Clearance(1e3, 9e3)), Waypoint("B", at(42, 73))), "speed"),
        (plan(Waypoint("A", at(42, 72), Clearance(1e5, 200)), Waypoint("B", at(42, 73))), "reach"),
        (
            plan(
                Waypoint("A", at(42, 72), CRUISE),
                Waypoint("B", at(42, 72.02)),
                Waypoint("C", at(42.3, 72.02)),
            ),
            "too short",
        ),
        (
            plan(
                Waypoint("A", at(42, 72), CRUISE),
                Waypoint("B", at(42, 74)),
                Waypoint("C", at(42, 72)),
            ),
            "cannot be flown",
        ),
        (
            plan(Waypoint("A", at(42, 72), CRUISE, Hold(2)), Waypoint("B", at(42, 74))),
            "has no course",
        ),
    ],
)
def test_what_cannot_be_flown_is_refused_in_words(broken: Plan, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        fly(broken)
