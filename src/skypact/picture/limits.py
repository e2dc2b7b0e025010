"""How far a partner's states are believed, and how long they last.

Each number stands with its reason; docs/explanation/joint-picture.md repeats them for operators.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What is refused of a partner's rows, and when a state is old; all ages by UTC.

    Parameters
    ----------
    tracks
        Tracks one station may tell of, of each kind (whole, blurred); the newest are refused
        beyond. A busy node has 2,000, ARTAS publishes 4,000.
    labels
        Different labels one station's states may have at a time.
    waiting
        Rows of one station that may wait for the next step; the batch beyond is refused.
    batches
        Batches of one station that may: each costs as much as hundreds of rows. The most that an
        honest one sends in a second is 5,000 tracks in batches of 100, of two kinds.
    future_s
        How far a time may lie after reception: clocks that differ by more are held apart.
    stale_s
        Age of the last plot beyond which a state is refused (whole states only).
    reach_mps, reach_m
        A state further from the one before than ``reach_m`` and this speed allow is refused; a
        track told to be faster is allowed half as much again as its own speed. 5 km is what a
        tracker may correct at once; 1,000 m/s is Mach 3.
    renumberings
        How often a track may come under another joint number. Honest stations change only to
        older numbers, which ends after a few.
    fresh_s
        Age of the last plot up to which a state is up to date: a 12 s radar turn, one plot
        missed, and a second on the way.
    drop_s
        Age of the last plot at which a state goes.
    lost_drop_s
        How long the states of a lost station coast.
    """

    tracks: int = 5_000
    labels: int = 16
    waiting: int = 25_000
    batches: int = 200
    future_s: float = 5.0
    stale_s: float = 60.0
    reach_mps: float = 1_000.0
    reach_m: float = 5_000.0
    renumberings: int = 8
    fresh_s: float = 25.0
    drop_s: float = 60.0
    lost_drop_s: float = 30.0
