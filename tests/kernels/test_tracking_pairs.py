"""Who gets which plot, beside SciPy's assignment of the whole group at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from skypact.kernels import tracking_pairs


def decided(gain):
    """Pairs won in a table of gains (plots, tracks), NaN where there is no pair."""
    plots, tracks = gain.shape
    plot, track = np.nonzero(np.isfinite(gain))
    count = np.bincount(plot, minlength=plots).astype(np.int64)
    first = np.r_[0, np.cumsum(count)[:-1]].astype(np.int64)
    column_of = np.full(tracks, -1, np.int64)
    won = np.full(plots, -7, np.int64)
    worth = np.ascontiguousarray(gain[plot, track])
    tracking_pairs.decide(first, count, plots, track.astype(np.int64), worth, column_of, won)
    assert (column_of == -1).all()
    pairs = [(i, int(track[k])) for i, k in enumerate(won) if k >= 0]
    assert all(plot[won[i]] == i for i, _ in pairs)
    assert len({t for _, t in pairs}) == len(pairs)
    return pairs


@settings(max_examples=200, deadline=None)
@given(
    plots=st.integers(1, 20),
    tracks=st.integers(1, 20),
    part=st.floats(0.02, 0.6),
    seed=st.integers(0, 2**32),
)
def test_clusters_together_give_the_greatest_gain_of_all(plots, tracks, part, seed):
    random = np.random.default_rng(seed)
    gain = random.uniform(0.1, 20.0, (plots, tracks))
    gain[random.uniform(size=gain.shape) > part] = np.nan
    total = sum(gain[i, t] for i, t in decided(gain))
    i, j = linear_sum_assignment(-np.nan_to_num(gain))
    assert total == pytest.approx(np.nan_to_num(gain)[i, j].sum(), abs=1e-9)


def test_a_cluster_too_large_to_solve_is_shared_out_greatest_gain_first():
    random = np.random.default_rng(1)
    gain = random.uniform(0.1, 20.0, (80, 70))
    free, expected = gain.copy(), 0.0
    for _ in range(70):
        i, j = np.unravel_index(np.nanargmax(free), free.shape)
        expected += gain[i, j]
        free[i], free[:, j] = np.nan, np.nan
    pairs = decided(gain)
    assert len(pairs) == 70
    assert sum(gain[i, t] for i, t in pairs) == pytest.approx(expected)


@given(st.lists(st.integers(0, 9), max_size=60))
def test_sorting_is_stable_and_complete(keys):
    key = np.array(keys, np.int64)
    order = np.arange(len(keys))
    tracking_pairs.sort_by(key, order)
    assert list(order) == list(np.argsort(key, kind="stable"))
