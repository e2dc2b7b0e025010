"""Assignment beside SciPy's, which solves the same problem with a dummy column for each row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from skypact.kernels.assignment import FORBIDDEN, assign


def solve(cost):
    partner = np.empty(len(cost), np.int64)
    assign(np.ascontiguousarray(cost), partner)
    return partner


def value(cost, partner):
    return sum(cost[i, j] for i, j in enumerate(partner) if j >= 0)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    part=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**32),
)
def test_the_sum_is_the_least_there_is(rows, columns, part, seed):
    random = np.random.default_rng(seed)
    cost = random.uniform(-20.0, 5.0, (rows, columns))
    cost[random.uniform(size=cost.shape) > part] = FORBIDDEN
    partner = solve(cost)
    used = partner[partner >= 0]
    assert len(set(used)) == len(used)
    alone = np.full((rows, rows), FORBIDDEN)
    np.fill_diagonal(alone, 0.0)
    padded = np.hstack([cost, alone])
    i, j = linear_sum_assignment(padded)
    assert value(cost, partner) == pytest.approx(padded[i, j].sum(), abs=1e-9)
    assert all(cost[i, j] <= 0.0 for i, j in enumerate(partner) if j >= 0)


def test_equal_costs_are_decided_the_same_way_every_time():
    cost = np.full((4, 4), -1.0)
    assert np.array_equal(solve(cost), solve(cost))
    assert value(cost, solve(cost)) == -4.0


def test_what_is_not_worth_it_stays_alone():
    assert list(solve(np.array([[1.0, 2.0], [-1.0, FORBIDDEN]]))) == [-1, 0]
