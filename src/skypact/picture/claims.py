"""What the station says of its own tracks: their joint numbers, and which of them it reports.

In: the tracks of each step and what was decided of them. Out: rows that keep by track number,
and :class:`~skypact.model.exchange.TrackClaims` for the partners.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.picture.reporting import OwnReporting
from skypact.picture.rows import places

Ints = NDArray[np.int64]
NEVER = -1


@dataclass(frozen=True, slots=True)
class NumberRules:
    """When an own track gets a joint number.

    Parameters
    ----------
    wait_s
        How long a track waits for a number that a partner may have given already, before we
        give it one if we report it: what partners tell comes within about two seconds.
    dispute_s
        How long the station that gave a number may call the track otherwise before we believe
        it: two keyframes and a little.
    """

    wait_s: float = 3.0
    dispute_s: float = 25.0
    renumberings: int = 8
    steady_s: float = 600.0


@dataclass(frozen=True, slots=True)
class OwnTracks:
    """What is remembered of the own tracks; every array has shape (own,), in the tracks' order.

    Parameters
    ----------
    track
        The node's own numbers.
    joint_id
        Passing mark of the joint track, -1 none.
    joint, allotted_ns
        Joint number and when it was given, 0 where none.
    reporting
        Whether we claim to report it.
    better_ns, vacant_ns, waiting_ns, disputed_ns
        Since when: we are better than the reporter, there is none, the track waits for a
        number, a number's allotter calls the track otherwise. -1 while not so.
    renumbered, renumbered_ns
        How often its number changed with no long time between, and when it last did.
    disputed
        The number that its allotter does not mean for this track, 0 none.
    last_plot_ns, sigma_m
        The last plot used, and how sure the state was when it was: what partners were told.
    contributors
        Bits of the stations that the state rests on, uint64.
    """

    track: Ints
    joint_id: Ints
    joint: Ints
    allotted_ns: Ints
    reporting: NDArray[np.bool_]
    better_ns: Ints
    vacant_ns: Ints
    waiting_ns: Ints
    renumbered: Ints
    renumbered_ns: Ints
    disputed: Ints
    disputed_ns: Ints
    last_plot_ns: Ints
    sigma_m: NDArray[np.float64]
    contributors: NDArray[np.uint64]

    @classmethod
    def new(cls, tracks: Tracks) -> OwnTracks:
        """Tracks that nothing is remembered of."""
        count = len(tracks)

        def all_of(value: int) -> Ints:
            return np.full(count, value, np.int64)

        return cls(
            track=np.array(tracks.track, np.int64),
            joint_id=all_of(-1),
            joint=all_of(0),
            allotted_ns=all_of(0),
            reporting=np.zeros(count, np.bool_),
            better_ns=all_of(NEVER),
            vacant_ns=all_of(NEVER),
            waiting_ns=all_of(NEVER),
            renumbered=all_of(0),
            renumbered_ns=all_of(NEVER),
            disputed=all_of(0),
            disputed_ns=all_of(NEVER),
            last_plot_ns=all_of(NEVER),
            sigma_m=np.array(tracks.horizontal_sigma_m, np.float64),
            contributors=np.ones(count, np.uint64),
        )

    def followed(self, tracks: Tracks, contributors: NDArray[np.uint64] | None) -> OwnTracks:
        """The same for the tracks of the next step; what ended is forgotten."""
        new = OwnTracks.new(tracks)
        order = np.argsort(self.track, kind="stable")
        at = places(self.track[order], new.track)
        kept = np.flatnonzero(at >= 0)
        rows = order[at[kept]]
        columns: dict[str, NDArray[Any]] = {}
        for one in fields(self):
            column = getattr(new, one.name)
            column[kept] = getattr(self, one.name)[rows]
            columns[one.name] = column
        plotted = tracks.last_plot_ns != columns["last_plot_ns"]
        columns["sigma_m"] = np.where(plotted, tracks.horizontal_sigma_m, columns["sigma_m"])
        columns["last_plot_ns"] = tracks.last_plot_ns.astype(np.int64)
        told = np.ones(len(tracks), np.uint64) if contributors is None else contributors
        columns["contributors"] = np.where(told == 0, np.uint64(1), told)
        return OwnTracks(**columns)

    def numbered(self, number: Ints, allotted_ns: Ints, now_ns: int, steady_s: float) -> OwnTracks:
        """With the joint numbers of a step."""
        changed = (self.joint > 0) & (number > 0) & (self.joint != number)
        steady = now_ns - self.renumbered_ns > round(steady_s * SECOND_NS)
        before = np.where(steady, 0, self.renumbered)
        return replace(
            self,
            joint=number,
            allotted_ns=allotted_ns,
            renumbered=np.where(changed, before + 1, self.renumbered),
            renumbered_ns=np.where(changed, now_ns, self.renumbered_ns),
        )

    def reported(self, decided: OwnReporting) -> OwnTracks:
        """With what was decided of reporting."""
        return replace(
            self,
            reporting=decided.claims,
            better_ns=decided.better_ns,
            vacant_ns=decided.vacant_ns,
        )


def disputes(own: OwnTracks, number: Ints, told: Ints, owner: Ints, now_ns: int) -> OwnTracks:
    """Note which own tracks the giver of their number calls otherwise.

    Parameters
    ----------
    own
        Our tracks.
    number
        The number each has now, or the one disputed at the last step; int64 (own,).
    told
        What the station that gave that number calls the track, 0 where it does not tell; (own,).
    owner
        Index of that station, -1 none; (own,).
    now_ns
        The instant.
    """
    otherwise = (number > 0) & (owner > 0) & (told > 0) & (told != number)
    same = otherwise & (own.disputed == number)
    since = np.where(same, own.disputed_ns, now_ns)
    return replace(
        own,
        disputed=np.where(otherwise, number, 0),
        disputed_ns=np.where(otherwise, since, NEVER),
    )


def not_meant(own: OwnTracks, rules: NumberRules, now_ns: int) -> Ints:
    """The number each own track must not have, because its giver keeps calling it otherwise."""
    long_enough = now_ns - own.disputed_ns >= round(rules.dispute_s * SECOND_NS)
    return np.where((own.disputed_ns >= 0) & long_enough, own.disputed, 0)


def unsteady(own: OwnTracks, rules: NumberRules, now_ns: int) -> NDArray[np.bool_]:
    """Which own tracks were renumbered so often that they keep the number they have."""
    lately = now_ns - own.renumbered_ns <= round(rules.steady_s * SECOND_NS)
    mask: NDArray[np.bool_] = lately & (own.renumbered >= rules.renumberings) & (own.joint > 0)
    return mask
