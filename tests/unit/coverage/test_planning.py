"""Siting and warning times against brute force and geometry."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from skypact.coverage.network import METRES_PER_DEGREE, Grid, Network
from skypact.coverage.siting import choose_sites
from skypact.coverage.sweep import Mast
from skypact.coverage.warning import warning_map
from skypact.kernels.coverage_warning import STEPS, reach_from_edge, shortest_ways


def best_of_all(sees: Any, weight: Any, count: int, need: int = 1) -> float:
    return max(
        float(weight[sees[list(some)].sum(axis=0) >= need].sum())
        for some in combinations(range(len(sees)), count)
    )


@given(seed=st.integers(0, 10**6), count=st.integers(1, 4), need=st.integers(1, 2))
@settings(max_examples=40, deadline=None)
def test_the_bound_holds_and_the_choice_is_near_the_best_of_all(
    seed: int, count: int, need: int
) -> None:
    draw = np.random.default_rng(seed)
    sees = draw.random((9, 60)) < 0.25
    weight = draw.uniform(0.0, 3.0, 60)
    choice = choose_sites(sees, weight, count, redundancy=need)
    best = best_of_all(sees, weight, count, need)
    covered = weight[sees[list(choice.sites)].sum(axis=0) >= need].sum()
    assert choice.covered == pytest.approx(covered)
    assert len(set(choice.sites)) == count
    assert choice.bound >= best - 1e-9
    if need == 1:
        assert choice.covered >= 0.9 * best


def test_sites_that_stand_are_kept_and_not_paid_for() -> None:
    draw = np.random.default_rng(4)
    sees = draw.random((12, 200)) < 0.2
    cost = np.arange(12.0)
    choice = choose_sites(sees, np.ones(200), 2, fixed=[11], cost=cost, budget=6.0)
    assert choice.sites[0] == 11
    assert cost[list(choice.sites[1:])].sum() <= 6.0


def test_what_cannot_be_chosen_is_refused() -> None:
    with pytest.raises(ValueError, match="5 of 3 sites"):
        choose_sites(np.ones((3, 4), np.bool_), np.ones(4), 5)


def test_a_planted_solution_is_found_and_proved() -> None:
    draw = np.random.default_rng(8)
    sees = draw.random((80, 3000)) < 0.03
    parts = np.array_split(draw.permutation(3000), 6)
    for site, part in zip((3, 17, 29, 44, 58, 71), parts, strict=True):
        sees[site, part] = True
    choice = choose_sites(sees, np.ones(3000), 6)
    assert set(choice.sites) == {3, 17, 29, 44, 58, 71}
    assert choice.covered == 3000.0
    assert choice.gap == pytest.approx(0.0, abs=1e-9)


def test_shortest_ways_are_those_of_scipy() -> None:
    draw = np.random.default_rng(2)
    rows, columns = 14, 19
    source = draw.random((rows, columns)) < 0.05
    width = np.linspace(700.0, 900.0, rows)
    metres = np.empty((rows, columns), np.float32)
    shortest_ways(source, width, 1000.0, metres, np.empty(5000), np.empty(5000, np.int64))
    one, other, cost = [], [], []
    for i in range(rows):
        for j in range(columns):
            for di, dj in STEPS:
                a, b = i + di, j + dj
                if 0 <= a < rows and 0 <= b < columns:
                    one.append(i * columns + j)
                    other.append(a * columns + b)
                    cost.append(np.hypot(dj * 0.5 * (width[i] + width[a]), di * 1000.0))
    graph = coo_array((cost, (one, other)), shape=(rows * columns,) * 2)
    far = dijkstra(graph.tocsr(), indices=np.flatnonzero(source.ravel())).min(axis=0)
    assert metres.ravel() == pytest.approx(far, rel=1e-4)


def test_unseen_pockets_inside_are_not_reached_from_the_edge() -> None:
    unseen = np.zeros((9, 9), np.bool_)
    unseen[0:3, 4] = True  # a corridor from the north
    unseen[3, 5] = True  # and round a corner
    unseen[6, 2] = True  # a pocket
    reached = np.zeros_like(unseen)
    reach_from_edge(unseen, reached, np.empty(81, np.int64))
    expected = unseen.copy()
    expected[6, 2] = False
    assert np.array_equal(reached, expected)


def seen_disc(radius_m: float) -> Network:
    """A mast in the middle of a flat map that sees everything within a radius."""
    step = 0.01
    latitude = 0.5 - (np.arange(101) + 0.5) * step + 0.005
    grid = Grid(latitude, 75.0 + (np.arange(101) - 50.0) * step)
    north = latitude[:, None] * METRES_PER_DEGREE
    east = (grid.longitude_deg - 75.0) * METRES_PER_DEGREE * np.cos(np.radians(latitude))[:, None]
    lowest = np.where(np.hypot(north, east) <= radius_m, 100.0, np.nan).astype(np.float32)
    return Network(grid, (Mast("A", 0.0, 75.0),), np.zeros((101, 101), np.float32), lowest[None])


def test_a_disc_warns_by_its_radius_over_the_speed() -> None:
    found = warning_map(seen_disc(40e3), height_m=300.0, speed_mps=200.0)
    assert found.at(0.0, 75.0) == pytest.approx(40e3 / 200.0 / 60.0, rel=0.04)
    assert found.at(0.0, 75.45) == 0.0  # outside the disc
    assert np.isnan(found.at(10.0, 75.0))


def test_a_flyer_below_all_that_is_seen_arrives_without_warning() -> None:
    found = warning_map(seen_disc(40e3), height_m=50.0, speed_mps=200.0)
    assert found.at(0.0, 75.0) == 0.0
    assert found.open_share == pytest.approx(1.0)


def test_what_fails_is_left_out() -> None:
    found = warning_map(seen_disc(40e3), height_m=300.0, speed_mps=200.0, without=(0,))
    assert found.at(0.0, 75.0) == 0.0
