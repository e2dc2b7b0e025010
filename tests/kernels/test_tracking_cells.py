"""The lookup of tracks by place, beside a search through all of them."""

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_ecef
from skypact.kernels import tracking_arrays as names
from skypact.kernels import tracking_cells
from skypact.tracking.store import empty_state

CELL_M = 30e3


def found_near(state, place, reach_m):
    """Tracks in the cells within reach of a place, each once."""
    radius = float(np.linalg.norm(place))
    margin = reach_m * radius / tracking_cells.SPHERE_M
    low, high = (
        [tracking_cells.cell_axis(a + s * margin, radius, CELL_M) for a in place] for s in (-1, 1)
    )
    found = []
    for ix in range(low[0], high[0] + 1):
        for iy in range(low[1], high[1] + 1):
            for iz in range(low[2], high[2] + 1):
                key = tracking_cells.cell_key(ix, iy, iz)
                t = state.head[tracking_cells.bucket_of(key, len(state.head) - 1)]
                while t >= 0:
                    if state.cell[t] == key:
                        found.append(int(t))
                    t = state.link[t, 0]
    assert len(set(found)) == len(found)
    return set(found)


@pytest.fixture
def places():
    """Tracks about the pole and 180 degrees, where lesser lookups have an edge."""
    random = np.random.default_rng(2)
    latitude = np.r_[random.uniform(1.55, 1.5708, 200), random.uniform(-0.2, 0.2, 200)]
    longitude = np.r_[random.uniform(-3.14, 3.14, 200), np.pi + random.uniform(-0.1, 0.1, 200)]
    return np.array(geodetic_to_ecef(latitude, longitude, random.uniform(0, 12e3, 400))).T


def laid(places):
    state = empty_state(512, 1)
    for t, place in enumerate(places):
        state.code[t, names.STATUS] = names.CONFIRMED
        state.gauge[t, :3] = place
    arrays = (state.link, state.cell, state.head, state.gauge, state.code)
    tracking_cells.rebuild(*arrays, len(places), CELL_M)
    return state


def test_every_track_within_reach_is_found(places):
    state = laid(places)
    for place in places[::7]:
        # along the surface: the lookup leaves heights out
        ground = places / np.linalg.norm(places, axis=1)[:, None]
        here = place / np.linalg.norm(place)
        near = np.linalg.norm(ground - here, axis=1) * tracking_cells.SPHERE_M < 12e3
        assert set(np.flatnonzero(near)) <= found_near(state, place, 12e3)


def test_a_moved_track_is_found_where_it_is_and_not_where_it_was(places):
    state = laid(places)
    key = tracking_cells.key_at(*places[399], CELL_M)
    tracking_cells.relink(state.link, state.cell, state.head, 3, key)
    assert 3 in found_near(state, places[399], 12e3)
    assert 3 not in found_near(state, places[3], 1.0)


def test_tracks_taken_out_in_any_order_leave_the_others(places):
    state = laid(places)
    order = np.random.default_rng(3).permutation(400)
    for t in order[:300]:
        tracking_cells.link_out(state.link, state.cell, state.head, int(t))
    rest = set()
    for place in places:
        rest |= found_near(state, place, 1.0)
    assert rest == {int(t) for t in order[300:]}
