"""How the plots of one group are shared out among the tracks whose gates they fell in.

In: the pairs of a group (one sensor in one slot), each with its log-likelihood ratio against
clutter. Out: for every pair the probability that the plot is the track's, given that the track
exists, and for every track what the group says of its existence. Tracks that share no plot are
weighed alone; contested ones in clusters, exactly up to ``joint.LARGEST``, else by optimal
assignment, and greedily where even that would take long.
"""

import math

import numpy as np

from skypact.kernels.assignment import FORBIDDEN, assign_rows, root_of, sort_by
from skypact.kernels.compilation import bare, inner
from skypact.kernels.joint import LARGEST, joint_shares

LARGEST_CLUSTER = 48
"""Plots or tracks beyond which a cluster is solved greedily; bounds the work."""

LEAST_GAIN = 1e-3

SURELY = 1e-6
"""No track is held for more certain than one less this, nor for less than this."""


@bare
def existence(odds):
    """Probability of log-odds, held off 0 and 1."""
    return min(max(1.0 / (1.0 + math.exp(-min(max(odds, -50.0), 50.0))), SURELY), 1.0 - SURELY)


@bare
def list_tracks(total, pair_track, column_of, pair_column, listed):
    """Number the tracks of ``total`` pairs in order of appearance; how many there are.

    ``column_of`` is -1 all over, and again.
    """
    count = 0
    for k in range(total):
        t = pair_track[k]
        if column_of[t] < 0:
            column_of[t] = count
            listed[count] = t
            count += 1
        pair_column[k] = column_of[t]
    for c in range(count):
        column_of[listed[c]] = -1
    return count


@bare
def judge(plotted, alone, exists, detection):
    """What a group says of a track: its evidence and its probability of no plot, if it exists.

    ``plotted`` and ``alone`` are the probabilities that it has a plot of the group and that it
    has none. The evidence is the change of its log-odds (Musicki and Evans, (26) to (29)).
    """
    unseen = 1.0 - detection * exists
    evidence = math.log(1.0 - detection + plotted / max(alone, 1e-300) * unseen / exists)
    still = alone * (1.0 - detection) * exists / unseen
    return evidence, still / (plotted + still)


@inner
def give_greedily(members, first, count, pair_column, pair_gain, won, taken):
    """Fill ``won`` (pair per plot, -1 none) with the greatest gain first; ``taken`` is scratch."""
    total = 0
    for i in members:
        total += count[i]
        won[i] = -1
    pair, plot, cost = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total)
    n = 0
    for i in members:
        for k in range(first[i], first[i] + count[i]):
            pair[n], plot[n], cost[n] = k, i, -pair_gain[k]
            taken[pair_column[k]] = 0
            n += 1
    order = np.arange(total)
    sort_by(cost, order)
    for n in order:
        c = pair_column[pair[n]]
        if cost[n] < 0.0 and won[plot[n]] < 0 and taken[c] == 0:
            won[plot[n]] = pair[n]
            taken[c] = 1


@inner
def give_optimally(members, first, count, pair_column, pair_gain, won, local_of, columns):
    """Fill ``won`` (pair per plot, -1 none) so that the sum of gains is greatest."""
    height = members.shape[0]
    cost = np.full((height, columns), FORBIDDEN)
    pair = np.full((height, columns), -1, np.int64)
    for a in range(height):
        i = members[a]
        for k in range(first[i], first[i] + count[i]):
            cost[a, local_of[pair_column[k]]] = -pair_gain[k]
            pair[a, local_of[pair_column[k]]] = k
    partner = np.empty(height, np.int64)
    assign_rows(cost, partner)
    for a in range(height):
        won[members[a]] = pair[a, partner[a]] if partner[a] >= 0 else -1


@inner
def weigh_jointly(members, columns, pairs, tracks, local_of):
    """Shares of a small cluster from all its joint events."""
    first, count, pair_column, pair_log, pair_share = pairs
    exists, detection, evidence, unseen = tracks
    height, width = members.shape[0], columns.shape[0]
    ratio = np.zeros((height, width))
    share, alone = np.empty((height, width)), np.empty(width)
    for a in range(height):
        i = members[a]
        for k in range(first[i], first[i] + count[i]):
            c = pair_column[k]
            psi = exists[c]
            ratio[a, local_of[c]] = (
                math.exp(min(pair_log[k], 90.0)) * psi / (1.0 - detection[c] * psi)
            )
    joint_shares(ratio, share, alone)
    for b in range(width):
        c = columns[b]
        plotted = 0.0
        for a in range(height):
            plotted += share[a, b]
        psi = exists[c]
        evidence[c], unseen[c] = judge(plotted, alone[b], psi, detection[c])
        still = plotted + alone[b] * (1.0 - detection[c]) * psi / (1.0 - detection[c] * psi)
        for a in range(height):
            share[a, b] /= still
    for a in range(height):
        i = members[a]
        for k in range(first[i], first[i] + count[i]):
            pair_share[k] = share[a, local_of[pair_column[k]]]


@inner
def weigh_cluster(members, columns, pairs, tracks, local_of, won):
    """Shares of the plots ``members`` and the tracks ``columns`` of one cluster."""
    first, count, pair_column, pair_log, pair_share = pairs
    exists, detection, evidence, unseen = tracks
    for b in range(columns.shape[0]):
        local_of[columns[b]] = b
    if members.shape[0] + columns.shape[0] <= LARGEST:
        weigh_jointly(members, columns, pairs, tracks, local_of)
        return
    gain = np.empty(pair_log.shape[0])
    for i in members:
        for k in range(first[i], first[i] + count[i]):
            c = pair_column[k]
            gain[k] = pair_log[k] + math.log(exists[c] / (1.0 - detection[c] * exists[c]))
            if pair_log[k] > 0.0:
                # a young track may have what no other wants: its score, not this, is its trial
                gain[k] = max(gain[k], LEAST_GAIN)
            pair_share[k] = 0.0
    if max(members.shape[0], columns.shape[0]) > LARGEST_CLUSTER:
        give_greedily(members, first, count, pair_column, gain, won, local_of)
    else:
        give_optimally(
            members, first, count, pair_column, gain, won, local_of, columns.shape[0]
        )
    for c in columns:
        evidence[c], unseen[c] = 0.0, 1.0
    for i in members:
        if won[i] >= 0:
            c = pair_column[won[i]]
            pair_share[won[i]] = 1.0
            unseen[c] = 0.0
            evidence[c] = math.log(1.0 - detection[c] + math.exp(min(pair_log[won[i]], 90.0)))


@bare
def share_alone(size, width, pairs, tracks, wanted):
    """Share out the pairs whose plot and track have no other partner; whether any have.

    Arguments as in :func:`share_out`; ``wanted`` gets the number of plots of each track.
    """
    first, count, pair_column, pair_log, pair_share = pairs
    _, detection, evidence, unseen = tracks
    for c in range(width):
        wanted[c] = 0
    for i in range(size):
        for k in range(first[i], first[i] + count[i]):
            wanted[pair_column[k]] += 1
    contested = False
    for i in range(size):
        for k in range(first[i], first[i] + count[i]):
            c = pair_column[k]
            if count[i] != 1 or wanted[c] != 1:
                contested = True
                continue
            ratio = math.exp(min(pair_log[k], 90.0))
            evidence[c] = math.log(1.0 - detection[c] + ratio)
            unseen[c] = (1.0 - detection[c]) / (1.0 - detection[c] + ratio)
            pair_share[k] = 1.0 - unseen[c]
    return contested


@inner
def share_out(size, width, pairs, tracks, won, wanted):
    """Fill the shares of the pairs that :func:`share_alone` left, cluster by cluster.

    ``pairs``: first and count per plot; column, log ratio and share per pair. ``tracks``: per
    column probability of existence and of detection, both given; evidence and probability of no
    plot, both found. ``won`` (plots,) is scratch; ``wanted`` tells the plots of each track.
    """
    first, count, pair_column = pairs[0], pairs[1], pairs[2]
    parent = np.arange(size)
    plot_of = np.full(width, -1, np.int64)
    for i in range(size):
        for k in range(first[i], first[i] + count[i]):
            c = pair_column[k]
            if count[i] == 1 and wanted[c] == 1:
                continue
            if plot_of[c] >= 0:
                parent[root_of(parent, i)] = root_of(parent, plot_of[c])
            plot_of[c] = i
    root, root_of_track = np.empty(size, np.int64), np.full(width, size, np.int64)
    for i in range(size):
        alone = count[i] == 0 or (count[i] == 1 and wanted[pair_column[first[i]]] == 1)
        root[i] = size if alone else root_of(parent, i)
    for c in range(width):
        if plot_of[c] >= 0:
            root_of_track[c] = root[plot_of[c]]
    plot_order, track_order = np.arange(size), np.arange(width)
    sort_by(root, plot_order)
    sort_by(root_of_track, track_order)
    local_of = np.zeros(width, np.int64)
    a, x = 0, 0
    while a < size and root[plot_order[a]] < size:
        b, y = a, x
        mine = root[plot_order[a]]
        while b < size and root[plot_order[b]] == mine:
            b += 1
        while y < width and root_of_track[track_order[y]] == mine:
            y += 1
        weigh_cluster(plot_order[a:b], track_order[x:y], pairs, tracks, local_of, won)
        a, x = b, y
