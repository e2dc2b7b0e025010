"""How tracks follow targets through time: breaks, switches, associations.

In: the assignment at each instant, by target or by track. Out: counts per target, and spans of
instants in which a track belongs to a truth. Rules of the counts: docs/how-to/judge-a-tracker.md.
"""

import numpy as np

from skypact.kernels.compilation import kernel

OWED, HELD, SHOWN, BREAKS, SWITCHES, FIRST_SHOWN, LONGEST, MISSED_RUN = range(8)
COLUMNS = 8
"""Columns of the counts: owed instants, those of them held, all held instants, breaks, switches,
first instant held at all (-1 never), longest run of instants held by one track, longest run of
owed instants missed."""


@kernel(
    "void(int64[::1], int32[::1], int64[::1], boolean[::1], int64, int64[:,::1])"
)
def follow_targets(first, instant, track, owed, warm, counts):
    """Fill ``counts`` (targets, 8) from rows by target, then instant; ``track`` -1: none.

    From instant ``warm`` on: a *switch* is a track number other than the last one the target
    had; a *break* is a time without track while owed, with a track before and after.
    """
    for q in range(first.shape[0] - 1):
        counts[q, :] = 0
        counts[q, FIRST_SHOWN] = -1
        last, gap = np.int64(-1), False
        run = missed = 0
        before = -2
        for i in range(first[q], first[q + 1]):
            shown = track[i] >= 0
            if shown and counts[q, FIRST_SHOWN] < 0:
                counts[q, FIRST_SHOWN] = instant[i]
            if instant[i] < warm:
                continue
            if owed[i]:
                counts[q, OWED] += 1
                counts[q, HELD] += shown
            if shown:
                counts[q, SHOWN] += 1
                if last >= 0:
                    counts[q, SWITCHES] += last != track[i]
                    counts[q, BREAKS] += gap
                run = run + 1 if track[i] == last and instant[i] == before + 1 else 1
                counts[q, LONGEST] = max(counts[q, LONGEST], run)
                last, gap, before, missed = track[i], False, instant[i], 0
            elif owed[i]:
                if last >= 0:
                    gap = True
                missed += 1
                counts[q, MISSED_RUN] = max(counts[q, MISSED_RUN], missed)
            else:
                missed = 0


@kernel(
    "int64(int64[::1], int32[::1], int64[::1], int64, int64, int64[:,::1])"
)
def associate_tracks(first, instant, nearest, confirm, end, spans):
    """Fill ``spans`` (room, 4): track, truth, first and last instant; how many were made.

    ``nearest`` (rows,) is the truth closest to the track within the threshold, or -1, in rows by
    track, then instant. A truth belongs to a track once it was the closest in ``confirm`` states
    on end, and no longer once it was not in ``end`` states on end: the rule of Stone Soup's
    TrackToTruth. One row per ``confirm`` states is room enough.
    """
    made = 0
    for p in range(first.shape[0] - 1):
        current = candidate = np.int64(-1)
        hits = failures = 0
        start = stop = candidate_start = np.int64(-1)
        for i in range(first[p], first[p + 1]):
            here = nearest[i]
            if current < 0:
                if here < 0:
                    hits, candidate = 0, -1
                elif candidate != here:
                    candidate, hits, candidate_start = here, 1, instant[i]
                else:
                    hits += 1
                if hits >= confirm:
                    current, start, stop = here, candidate_start, instant[i]
                    candidate, hits, failures = -1, 0, 0
                continue
            if here == current:
                failures, stop = 0, instant[i]
                continue
            failures += 1
            if here >= 0 and here == candidate:
                hits += 1
            else:
                candidate, candidate_start, hits = here, instant[i], 1
            if failures >= end:
                spans[made, 0], spans[made, 1], spans[made, 2], spans[made, 3] = \
                    p, current, start, stop
                made += 1
                if hits >= confirm and candidate >= 0:
                    current, start, stop = candidate, candidate_start, instant[i]
                    candidate, hits, failures = -1, 0, 0
                else:
                    current = start = stop = -1
        if current >= 0:
            spans[made, 0], spans[made, 1], spans[made, 2], spans[made, 3] = p, current, start, stop
            made += 1
    return made
