"""Pairs that come too near, beside every pair flown in small steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_skies import NOW_NS, track_at
from skypact.alerts.conditions import Look, TrackFacts
from skypact.alerts.separation import conflicts
from skypact.geodesy import geodetic_to_ecef


def look_at(tracks):
    return Look(NOW_NS, tracks, TrackFacts.none(len(tracks)), np.zeros(len(tracks)))


def told(tracks, horizontal_m=5000.0, vertical_m=210.0, reach_s=60.0, **more):
    found = conflicts(
        look_at(tracks), np.ones(len(tracks), np.bool_), horizontal_m, vertical_m, reach_s, **more
    )
    return {(min(i, j), max(i, j)): float(t) for i, j, t in zip(*found, strict=True)}


def twin(tracks, horizontal_m, vertical_m, reach_s, step_s=0.25):
    """Every pair at every quarter of a second, in one tangent plane."""
    times = np.arange(0.0, reach_s + step_s / 2, step_s)
    place = np.stack(geodetic_to_ecef(tracks.latitude_rad, tracks.longitude_rad, 0.0), 1)
    s, c = np.sin(tracks.longitude_rad), np.cos(tracks.longitude_rad)
    east = np.stack([-s, c, np.zeros(len(tracks))], 1)
    sp, cp = np.sin(tracks.latitude_rad), np.cos(tracks.latitude_rad)
    up = np.stack([cp * c, cp * s, sp], 1)
    velocity = tracks.velocity_east_mps[:, None] * east
    velocity = velocity + tracks.velocity_north_mps[:, None] * np.cross(up, east)
    found = {}
    for i in range(len(tracks)):
        for j in range(i + 1, len(tracks)):
            r = (place[j] - place[i]) + times[:, None] * (velocity[j] - velocity[i])
            r = r - (r @ up[i])[:, None] * up[i]
            h = tracks.pressure_altitude_m[j] - tracks.pressure_altitude_m[i]
            h = h + times * (tracks.velocity_up_mps[j] - tracks.velocity_up_mps[i])
            near = (np.linalg.norm(r, axis=1) <= horizontal_m) & (np.abs(h) <= vertical_m)
            if near.any():
                found[i, j] = float(times[np.argmax(near)])
    return found


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(42, 75), (0, 180), (89.7, 0), (-60, -180)]))
def test_conflicts_are_those_of_every_pair_in_small_steps(seed, centre):
    random = np.random.default_rng(seed)
    count = 60
    latitude = np.clip(centre[0] + random.uniform(-0.4, 0.4, count), -90, 90)
    longitude = centre[1] + random.uniform(-0.4, 0.4, count) / np.cos(np.radians(centre[0]))
    tracks = track_at(
        latitude,
        longitude,
        velocity_mps=random.normal(0, 150, (count, 2)),
        pressure_altitude_m=random.uniform(5_000, 6_500, count),
        velocity_up_mps=random.normal(0, 5, count),
    )
    both, slow = told(tracks), twin(tracks, 5000.0, 210.0, 60.0)
    certain = twin(tracks, 4950.0, 205.0, 59.5)
    assert certain.keys() <= both.keys()
    assert both.keys() <= twin(tracks, 5050.0, 215.0, 60.5).keys()
    for pair in both.keys() & slow.keys():
        if pair in certain and abs(certain[pair] - slow[pair]) < 0.5:
            assert both[pair] == pytest.approx(slow[pair], abs=0.6)


def test_unknown_heights_are_far_or_near_as_the_rule_says():
    tracks = track_at([42.0, 42.01], 75.0)
    assert told(tracks) == {}
    assert told(tracks, unknown_near=True) == {(0, 1): 0.0}


def test_what_is_no_number_meets_nobody_and_hinders_nobody():
    tracks = track_at(
        [42.0, 42.01, 42.0, 42.0, 42.0],
        75.0,
        pressure_altitude_m=5000.0,
        velocity_mps=[(0, 0), (0, 0), (np.nan, 1.0), (1e308, 1e308), (np.inf, 0.0)],
    )
    tracks.latitude_rad[2] = np.nan
    found = told(tracks)
    assert found[0, 1] == 0.0
    assert not any(2 in pair for pair in found)


def test_more_pairs_than_there_is_room_for_are_cut_off_not_written_beyond():
    crowd = track_at(np.full(300, 42.0), 75.0, pressure_altitude_m=5000.0)
    assert len(told(crowd)) == 20_000
