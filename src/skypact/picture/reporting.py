"""Who reports a joint track: one station, by quality, handed over without a break.

In: what each station tells of each joint track, with its claim to report it. Out: the reporter of
each, and whether our own station claims its own tracks. Every station decides for itself alone and
says so, except where a joint post names the reporter (``arbitration``); of several that claim, all
stations find the same one. This is the function that Link 16
calls R2; its thresholds are not public, ours stand below with their reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ReportingRules:
    """When a station takes, keeps and yields the reporting of a track.

    Parameters
    ----------
    better
        Another station is better if its sigma is below this share of the reporter's: what two
        radars of one kind differ by over an aircraft's way past them stays within it.
    least_sigma_m
        No state counts as better than this: nobody reports all tracks by claiming to be perfect.
    dwell_s
        How long a station must be better before it takes over: one turn of a slow radar, and the
        time a keyframe needs to come.
    believe_s
        How long a claim must be before that of the reporter, while this one claims too, until it
        is believed: no longer than hand-over may take, long enough that nobody changes the
        reporter with every plot.
    vacant_s
        How long a track has no reporter before the best station takes it; the next best waits
        once as long more, and so on, so that one that cannot be heard holds up nobody.
    """

    better: float = 0.7
    least_sigma_m: float = 30.0
    dwell_s: float = 10.0
    believe_s: float = 5.0
    vacant_s: float = 3.0

    def __post_init__(self) -> None:
        if not 0.0 < self.better <= 1.0:
            raise ValueError(f"better is {self.better}, not above 0 and at most 1")


@dataclass(frozen=True, slots=True)
class Told:
    """What stations tell of joint tracks; every array has shape (rows,), own rows first.

    Parameters
    ----------
    group
        Index of the joint track.
    station
        Index of the station that tells, 0 is our own.
    rank
        Its place in the order of codes.
    able
        Whether the state is up to date and confirmed.
    claims
        Whether the station claims to report it.
    names
        Index of the station that a post names as its reporter, -1 nobody.
    counts
        Whether the state tells us something that is not our own.
    tier
        0 where the state rests on the station's own sensors, 1 where on others' alone.
    sigma_m
        How sure it is, horizontally, when it was last measured.
    """

    group: Ints
    station: Ints
    rank: Ints
    able: Bools
    claims: Bools
    names: Ints
    counts: Bools
    tier: Ints
    sigma_m: NDArray[np.float64]


def quality_m(sigma_m: NDArray[np.float64], rules: ReportingRules) -> NDArray[np.float64]:
    """Sigma as reporting counts it; unknown is worst."""
    return np.maximum(np.where(np.isnan(sigma_m), np.inf, sigma_m), rules.least_sigma_m)


def claimant(told: Told, groups: int, rules: ReportingRules) -> Ints:
    """Row of the station that reports each joint track by its claim, -1 where none can.

    Of several, the first in the order of codes, unless one after it is better: all stations that
    hear them find the same.
    """
    reporter = np.full(groups, -1, np.int64)
    sigma = quality_m(told.sigma_m, rules)
    for rank in np.unique(told.rank):
        rows = np.flatnonzero((told.rank == rank) & told.able & told.claims)
        group = told.group[rows]
        now = reporter[group]
        higher = told.tier[rows] < told.tier[now]
        same = told.tier[rows] == told.tier[now]
        wins = (now < 0) | higher | (same & (sigma[rows] < rules.better * sigma[now]))
        reporter[group[wins]] = rows[wins]
    return reporter


def best(told: Told, groups: int, rules: ReportingRules) -> tuple[Ints, Ints]:
    """Row of each joint track's best state, and each row's place in the order of its group.

    Returns
    -------
    row
        Shape (groups,); -1 for a group without rows.
    place
        Shape (rows,); 0 is the best. What is able comes first, then own sensors, then the surest.
    """
    sigma = quality_m(told.sigma_m, rules)
    order = np.lexsort((told.rank, sigma, told.tier, ~told.able, told.group))
    group = told.group[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = group[1:] != group[:-1]
    first = np.flatnonzero(begins)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(first, np.diff([*first, len(order)]))
    row = np.full(groups, -1, np.int64)
    row[group[begins]] = order[begins]
    return row, place


@dataclass(frozen=True, slots=True)
class OwnReporting:
    """Our own station's claims and how long it has had reason to change them; shape (own,).

    Parameters
    ----------
    claims
        Whether we say that we report the track.
    better_ns, vacant_ns
        Since when we are better than the reporter, since when there is none; -1 while not so.
    """

    claims: Bools
    better_ns: Ints
    vacant_ns: Ints


def decide(
    told: Told,
    reporter: Ints,
    named: Ints,
    before: OwnReporting,
    now_ns: int,
    rules: ReportingRules,
    *,
    alone: bool,
) -> OwnReporting:
    """Claim, keep or yield each own track (the first rows of ``told``).

    Parameters
    ----------
    told
        With the claims as they were.
    reporter
        Row that reports each joint track by its claim, -1 none; (groups,).
    named
        Index of the station that a joint post names, -1 nobody: what it names is done; (groups,).
    before
        What was decided at the last step.
    now_ns
        The instant.
    rules
        Thresholds.
    alone
        Whether no other station is there to wait for.
    """
    own = np.arange(len(before.claims))
    groups = len(reporter)
    group = told.group[own]
    able = told.able[own]
    reporter = reporter[group]
    best_row, places = best(told, groups, rules)
    place = places[own]
    # an own track out of date is kept until somebody else has it
    others_able = told.able[best_row[group]] & (best_row[group] != own)
    keeps = before.claims & ((reporter == own) | ((reporter < 0) & ~others_able))
    other = (reporter >= 0) & (reporter != own)
    sigma = quality_m(told.sigma_m, rules)
    ahead = (told.tier[own] < told.tier[reporter]) | (
        (told.tier[own] == told.tier[reporter]) & (sigma[own] < rules.better * sigma[reporter])
    )
    better = able & other & ahead & (place == 0)
    free = named[group] < 0
    better_ns = since(better & free, before.better_ns, now_ns)
    leads = np.full(groups, 2, np.int64)
    np.minimum.at(leads, told.group[told.able], told.tier[told.able])
    vacant = able & (reporter < 0) & (told.tier[own] <= leads[group])
    vacant_ns = since(vacant & free, before.vacant_ns, now_ns)
    wait_ns = np.where(alone, 0, round(rules.vacant_s * SECOND_NS) * (1 + place))
    takes = (better & (now_ns - better_ns >= round(rules.dwell_s * SECOND_NS))) | (
        vacant & (now_ns - vacant_ns >= wait_ns)
    )
    claims = np.where(free, keeps | takes, named[group] == 0)
    return OwnReporting(claims, better_ns, vacant_ns)


def since(true: Bools, before_ns: Ints, now_ns: int) -> Ints:
    """Since when something has been true, -1 while it is not."""
    return np.where(true, np.where(before_ns < 0, now_ns, before_ns), -1)
