"""Joint events of a cluster, beside all of them written out one by one."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import tracking_clusters
from skypact.kernels.joint import LARGEST, joint


def events(plots, tracks):
    """All assignments as a tuple with the track of each plot, -1 none."""
    found = [()]
    for _ in range(plots):
        found = [(*e, t) for e in found for t in range(-1, tracks) if t < 0 or t not in e]
    return found


def written_out(ratio):
    """Shares and probabilities of no plot by enumeration."""
    plots, tracks = ratio.shape
    weights = {
        event: math.prod(ratio[i, t] for i, t in enumerate(event) if t >= 0)
        for event in events(plots, tracks)
    }
    total = sum(weights.values())
    share, alone = np.zeros(ratio.shape), np.zeros(tracks)
    for event, weight in weights.items():
        for i, t in enumerate(event):
            if t >= 0:
                share[i, t] += weight / total
        for t in set(range(tracks)) - set(event):
            alone[t] += weight / total
    return share, alone


def tables(largest):
    """Plots, tracks, part of the pairs that may be, seed."""
    return st.tuples(
        st.integers(1, largest), st.integers(1, largest), st.floats(0.1, 1.0), st.integers(0, 9999)
    )


def ratios(table):
    plots, tracks, part, seed = table
    random = np.random.default_rng(seed)
    ratio = np.exp(random.uniform(-6.0, 12.0, (plots, tracks)))
    ratio[random.uniform(size=ratio.shape) > part] = 0.0
    return ratio


@settings(max_examples=150, deadline=None)
@given(tables(4))
def test_shares_are_those_of_all_events_written_out(table):
    ratio = ratios(table)
    share, alone = np.empty(ratio.shape), np.empty(ratio.shape[1])
    joint(ratio, share, alone)
    expected_share, expected_alone = written_out(ratio)
    assert np.allclose(share, expected_share, atol=1e-9)
    assert np.allclose(alone, expected_alone, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(tables(LARGEST // 2))
def test_no_plot_and_no_track_is_given_away_twice(table):
    ratio = ratios(table)
    share, alone = np.empty(ratio.shape), np.empty(ratio.shape[1])
    joint(ratio, share, alone)
    assert np.all(share >= 0.0)
    assert np.all(share.sum(axis=1) <= 1.0 + 1e-9)
    assert np.allclose(share.sum(axis=0) + alone, 1.0, atol=1e-9)


def test_two_plots_that_fit_two_tracks_are_shared_by_how_well_they_fit():
    ratio = np.array([[1000.0, 200.0], [200.0, 1000.0]])
    share, alone = np.empty((2, 2)), np.empty(2)
    joint(ratio, share, alone)
    # 1000 x 1000 against 200 x 200; one plot alone hardly counts
    assert share[0, 0] == pytest.approx(0.9615, abs=0.003)
    assert share[0, 1] == pytest.approx(0.0385, abs=0.003)
    assert alone.max() < 0.002


def test_enormous_ratios_stay_numbers():
    ratio = np.full((6, 6), 1e300)
    share, alone = np.empty((6, 6)), np.empty(6)
    joint(ratio, share, alone)
    assert np.allclose(share.sum(axis=0), 1.0)


def shared_out(log, exists, detection):
    """``share_out`` over a table of log ratios (plots, tracks), NaN where there is no pair."""
    plots, tracks = log.shape
    plot, track = np.nonzero(np.isfinite(log))
    count = np.bincount(plot, minlength=plots).astype(np.int64)
    first = np.r_[0, np.cumsum(count)[:-1]].astype(np.int64)
    pair_log = np.ascontiguousarray(log[plot, track])
    shares = np.zeros(len(plot))
    evidence, unseen = np.full(tracks, np.nan), np.full(tracks, np.nan)
    pairs = (first, count, track.astype(np.int64), pair_log, shares)
    of_track = (exists, np.full(tracks, detection), evidence, unseen)
    wanted = np.empty(tracks, np.int64)
    if tracking_clusters.share_alone(plots, tracks, pairs, of_track, wanted):
        won = np.empty(plots, np.int64)
        tracking_clusters.share_out(plots, tracks, pairs, of_track, won, wanted)
    table = np.zeros(log.shape)
    table[plot, track] = shares
    return table, evidence, unseen


@settings(max_examples=150, deadline=None)
@given(tables(5))
def test_a_whole_group_is_shared_out_as_its_events_say(table):
    plots, tracks, part, seed = table
    random = np.random.default_rng(seed)
    log = random.uniform(-5.0, 12.0, (plots, tracks))
    log[random.uniform(size=log.shape) > part * 0.7] = np.nan
    exists = random.uniform(0.01, 0.99, tracks)
    share, evidence, unseen = shared_out(log, exists, 0.9)
    ratio = np.exp(np.nan_to_num(log, nan=-np.inf)) * exists / (1.0 - 0.9 * exists)
    expected, alone = written_out(ratio)
    # existing without a plot: missed, out of all that left it without one
    there = alone * 0.1 * exists / (1.0 - 0.9 * exists)
    after = expected.sum(axis=0) + there
    for t in range(tracks):
        if not np.isfinite(log[:, t]).any():
            continue
        assert share[:, t] == pytest.approx(expected[:, t] / after[t], abs=1e-7)
        assert unseen[t] == pytest.approx(there[t] / after[t], abs=1e-7)
        odds = math.log(exists[t] / (1.0 - exists[t]))
        assert evidence[t] + odds == pytest.approx(math.log(after[t] / (1.0 - after[t])), abs=1e-5)


@pytest.mark.parametrize("size", [9, 30, 80])
def test_a_cluster_too_large_to_weigh_is_still_shared_out_once(size):
    random = np.random.default_rng(size)
    log = random.uniform(1.0, 12.0, (size, size - 2))
    share, _, unseen = shared_out(log, np.full(size - 2, 0.9), 0.9)
    assert set(np.unique(share)) == {0.0, 1.0}
    assert np.all(share.sum(axis=1) <= 1.0)
    assert np.all(share.sum(axis=0) == 1.0)
    assert np.all(unseen == 0.0)


def test_a_large_cluster_gets_the_greatest_sum_of_gains():
    random = np.random.default_rng(3)
    log = random.uniform(1.0, 12.0, (9, 9))
    share, _, _ = shared_out(log, np.full(9, 0.9), 0.9)
    if LARGEST < 18:
        least = max(
            sum(log[i, t] for i, t in enumerate(order))
            for order in list(permutations(range(9)))[:2000]
        )
        assert (share * log).sum() >= least


@given(st.lists(st.integers(0, 9), max_size=60))
def test_sorting_is_stable_and_complete(keys):
    key = np.array(keys, np.int64)
    order = np.arange(len(keys))
    tracking_clusters.sort_by(key, order)
    assert list(order) == list(np.argsort(key, kind="stable"))
