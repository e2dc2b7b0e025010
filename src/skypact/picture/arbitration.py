"""Which station reports each joint track: as a joint post names it, else as stations claim it.

In: what stations tell of joint tracks with their claims, whom posts name, and who reported each
track before. Out: the reporter of each, as all stations find it that hear the same. A post names
one of those that it hears, by quality; whoever hears a post goes by what it names, so that
stations which meet through the post alone agree. Nothing here is decided by one state: whoever
is to be replaced must have been second for a while.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS
from skypact.picture.reporting import ReportingRules, Told, best, claimant, quality_m, since
from skypact.picture.rows import remembered_rows

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Reporters:
    """Who reports joint tracks; every array has shape (groups,).

    Parameters
    ----------
    station
        Index of the station that is shown as the reporter, -1 nobody.
    named
        Index of the station that we, being a post, name, -1 nobody.
    rival_ns
        Since when another station has been before it without being the reporter yet; -1 none.
    """

    station: Ints
    named: Ints
    rival_ns: Ints

    @classmethod
    def nobody(cls, count: int) -> Reporters:
        """Nothing is known yet."""
        return cls(*(np.full(count, NOBODY, np.int64) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Remembered:
    """Reporters of the last step by the passing marks of joint tracks, sorted."""

    joint_id: Ints
    reporters: Reporters

    @classmethod
    def none(cls) -> Remembered:
        """Before the first step."""
        return cls(np.empty(0, np.int64), Reporters.nobody(0))

    @classmethod
    def of(cls, joint_id: Ints, reporters: Reporters) -> Remembered:
        """Of a step's joint tracks."""
        order = np.argsort(joint_id, kind="stable")
        one = reporters
        return cls(
            joint_id[order], Reporters(one.station[order], one.named[order], one.rival_ns[order])
        )

    def at(self, joint_id: Ints, merged: Ints) -> Reporters:
        """Of the joint tracks of the next step, of which some went into others."""
        found = Reporters.nobody(len(joint_id))
        row, there = remembered_rows(self.joint_id, joint_id, merged)
        found.station[row] = self.reporters.station[there]
        found.named[row] = self.reporters.named[there]
        found.rival_ns[row] = self.reporters.rival_ns[there]
        return found


@dataclass(frozen=True, slots=True)
class Judged:
    """What stands before our own station decides; every array has shape (groups,).

    Parameters
    ----------
    named
        Index of the station that a post names (we ourselves, if we are one), -1 nobody.
    row
        Row of the station that reports by its claim, -1 none.
    shown
        Index of the station that is named by any post at all, -1 nobody.
    rival_ns
        As in :class:`Reporters`.
    """

    named: Ints
    row: Ints
    shown: Ints
    rival_ns: Ints


def judge(
    told: Told, seat: Ints, before: Reporters, now_ns: int, rules: ReportingRules, *, post: int = -1
) -> Judged:
    """Who reports each joint track.

    Parameters
    ----------
    told
        With our own claims as they were.
    seat
        Row of each station's state, -1 where it has none; (groups, stations).
    before
        As remembered.
    now_ns
        The instant.
    rules
        Thresholds.
    post
        Our own place in the order of codes if we are a joint post, -1 if we are none.
    """
    groups = len(seat)
    shown = named_by_posts(told, groups)
    if post < 0:
        row, rival_ns = _by_claims(told, _rows(seat, before.station), before, now_ns, rules)
        return Judged(shown, row, shown, rival_ns)
    row, rival_ns = _by_quality(told, _rows(seat, before.named), before, now_ns, rules)
    named = np.full(groups, NOBODY, np.int64)
    named[row >= 0] = told.station[row[row >= 0]]
    # posts go by those before them in the order of codes: no two wait for each other
    earlier = named_by_posts(told, groups, post)
    named = np.where(earlier >= 0, earlier, named)
    return Judged(named, row, np.where(named >= 0, named, shown), rival_ns)


def reporters_of(
    told: Told,
    seat: Ints,
    judged: Judged,
    own_claims: Bools,
    before: Reporters,
    rules: ReportingRules,
) -> Reporters:
    """The reporter of each joint track after our own station has decided.

    Whom a post names, else who claims it, else ourselves if we have just taken it, else who
    reported it before, also where we know it only from others whose post is silent now, else who
    sees it best.
    """
    groups = len(seat)
    surest, _ = best(told, groups, rules)
    kept = _rows(seat, before.station)
    own = seat[:, 0]
    ours = np.zeros(groups, np.bool_)
    ours[own >= 0] = own_claims[own[own >= 0]]
    row = np.where(ours, own, np.where(kept >= 0, kept, surest))
    row = np.where(judged.row >= 0, judged.row, row)
    station = told.station[row]
    by_others = (judged.row < 0) & ~ours & (before.station >= 0) & (told.tier[row] > 0)
    station = np.where(by_others, before.station, station)
    station = np.where(judged.shown >= 0, judged.shown, station)
    return Reporters(station, judged.named, judged.rival_ns)


def named_by_posts(told: Told, groups: int, before: int | None = None) -> Ints:
    """Whom the first post in the order of codes names, -1 where none does; (groups,).

    ``before``: only posts whose place is before this one count, where their state does too: what
    we pass on of a track rests on such states alone, and so must whom we name.
    """
    station = np.full(groups, NOBODY, np.int64)
    names = told.names >= 0
    if before is not None:
        names &= (told.rank < before) & told.counts
    rows = np.flatnonzero(names)
    rows = rows[np.argsort(-told.rank[rows], kind="stable")]
    station[told.group[rows]] = told.names[rows]  # of several the last holds: the first by code
    return station


def _by_claims(
    told: Told, holder: Ints, before: Reporters, now_ns: int, rules: ReportingRules
) -> tuple[Ints, Ints]:
    """Rows that report by their claims; who reported before keeps it for a while if it claims."""
    winner = claimant(told, len(holder), rules)
    holder = np.where((told.able & told.claims)[holder], holder, -1) if len(told.able) else holder
    rival = (winner >= 0) & (holder >= 0) & (winner != holder)
    rival_ns = since(rival, before.rival_ns, now_ns)
    waits = rival & (now_ns - rival_ns < round(rules.believe_s * SECOND_NS))
    return np.where(waits, holder, winner), np.where(waits, rival_ns, -1)


def _by_quality(
    told: Told, holder: Ints, before: Reporters, now_ns: int, rules: ReportingRules
) -> tuple[Ints, Ints]:
    """Rows of the stations that a post names: one that looks itself and is up to date.

    Whom it named before stays until another has been better, or the only one up to date, for a
    while. What nobody was named for goes to who claims it, else after a while to the best.
    """
    groups = len(holder)
    if not len(told.able):
        return holder, np.full(groups, -1, np.int64)
    fit = told.able & (told.tier == 0) & told.counts
    looking = replace(told, able=fit)
    first, _ = best(looking, groups, rules)
    first = np.where(fit[first], first, -1)
    claims = claimant(looking, groups, rules)
    holder = np.where(told.counts[holder], holder, -1)
    sigma = quality_m(told.sigma_m, rules)
    blind = ~fit[holder] | (holder < 0)
    better = (first >= 0) & (first != holder)
    better &= blind | (sigma[first] < rules.better * sigma[holder])
    rival_ns = since(better, before.rival_ns, now_ns)
    wait_ns = np.where(
        blind, round(rules.vacant_s * SECOND_NS), round(rules.dwell_s * SECOND_NS)
    ).astype(np.int64)
    due = better & (now_ns - rival_ns >= wait_ns)
    row = np.where(due, first, holder)
    taken = (holder < 0) & (claims >= 0)
    row = np.where(taken, claims, row)
    return row, np.where(due | taken, -1, rival_ns)


def _rows(seat: Ints, station: Ints) -> Ints:
    """Row of a station's state of each joint track, -1 where it has none; (groups,)."""
    row = seat[np.arange(len(seat)), np.clip(station, 0, max(seat.shape[1] - 1, 0))]
    return np.where((station >= 0) & (row >= 0), row, -1)
