"""Which plot is whose in one cluster of contested gates, as probabilities.

In: the likelihood ratio of every pair. Out: the probability of every pair, and of every track
to have no plot. All feasible joint events are weighed (joint probabilistic data association:
Fortmann, Bar-Shalom and Scheffe, IEEE J. Oceanic Eng. 8/3, 1983; with existence: Musicki and
Evans, IEEE AES 40/3, 2004), but of the events that differ only in who of the same tracks has
which of the same plots, the likeliest alone is kept (JPDA*: Blom and Bloem, IEEE AC 45/2, 2000):
weighing those too draws tracks flying side by side into one. The best of each set of plots and
set of tracks is found by a dynamic programme over both sets, so its work is bounded by
2^(plots + tracks) states times the tracks.
"""

import numpy as np

from skypact.kernels.compilation import inner, kernel

LARGEST = 12
"""Plots and tracks together beyond which a cluster is not solved here: 4,096 states."""

HIGHEST_RATIO = 1e40
"""Ratios are held below this, so that the product of six stays a number."""


@inner
def joint_shares(ratio, share, alone):
    """Fill ``share`` (plots, tracks) and ``alone`` (tracks,) with probabilities.

    ``ratio`` (plots, tracks) is the likelihood that the plot is the track's over that of the
    plot being clutter and the track having none; 0 where the pair may not be.
    """
    plots, tracks = ratio.shape
    sets = 1 << tracks
    states = (1 << plots) * sets
    best = np.zeros(states)
    chosen = np.zeros(states, np.int64)
    best[0] = 1.0
    total = 1.0
    last, bit = 0, 1  # the highest plot in the set, and its bit
    for p in range(1, 1 << plots):
        if p == 2 * bit:
            last, bit = last + 1, p
        for q in range(sets):
            # without the last plot this set was done before; with it, one track has it
            for t in range(tracks):
                if q >> t & 1 == 0 or ratio[last, t] <= 0.0:
                    continue
                before = best[(p ^ bit) * sets + (q ^ (1 << t))]
                worth = before * min(ratio[last, t], HIGHEST_RATIO)
                if worth > best[p * sets + q]:
                    best[p * sets + q] = worth
                    chosen[p * sets + q] = t
            total += best[p * sets + q]
    share[:] = 0.0
    alone[:] = 0.0
    for s in range(states):
        weight = best[s] / total
        if weight < 1e-12 and s > 0:
            continue
        p, q = s // sets, s % sets
        for t in range(tracks):
            if q >> t & 1 == 0:
                alone[t] += weight
        i = plots - 1
        while p > 0:
            if p >> i & 1:
                t = chosen[p * sets + q]
                share[i, t] += weight
                p ^= 1 << i
                q ^= 1 << t
            i -= 1


@kernel("void(float64[:,::1], float64[:,::1], float64[::1])")
def joint(ratio, share, alone):
    """As :func:`joint_shares`; the form that Python calls."""
    joint_shares(ratio, share, alone)
