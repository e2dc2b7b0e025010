"""Which tracks of two trackers are one aircraft: those that used the same plots.

In: which plot each of the trackers gave to which track, as it comes. Out: pairs of tracks, one to
one. No distance is looked at: a plot that both used is proof enough, and a few together outweigh
one that went astray.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REMEMBERED = 1 << 17
"""Plots that wait for the other tracker's word; at 2,000 a second more than a minute."""

FADING = 0.95
"""A pair's weight fades so much each second: a radar of 12 s turns still has two plots in it."""

KEEPING = 2.0
"""So many times heavier must another pair be to take the place of one that holds."""

LEAST = 0.4
"""Weight from which two tracks are one: a plot in the last 18 s, unless a heavier pair has one."""

Numbers = NDArray[np.int64]


class SamePlots:
    """Pairs of an own tracker's and a joint tracker's tracks."""

    def __init__(self) -> None:
        self._own_plot = np.full(REMEMBERED, -1, np.int64)
        self._own_track = np.full(REMEMBERED, -1, np.int64)
        self._joint_plot = np.full(REMEMBERED, -1, np.int64)
        self._joint_track = np.full(REMEMBERED, -1, np.int64)
        self._own_of = np.full(REMEMBERED, -1, np.int64)  # own plot by the joint tracker's count
        self._pairs = np.empty((0, 2), np.int64)
        self._weight: NDArray[np.float64] = np.empty(0)
        self._new: list[Numbers] = []
        self._held: dict[int, int] = {}

    def handed(self, first: int, own_plot: Numbers) -> None:
        """Own numbers (n,) of the plots handed to the joint tracker from ``first`` on, else -1."""
        self._own_of[(first + np.arange(len(own_plot))) % REMEMBERED] = own_plot

    def own(self, plot: Numbers, track: Numbers) -> None:
        """Plots (n,) that the own tracker used, each with its track."""
        place = plot % REMEMBERED
        self._own_plot[place], self._own_track[place] = plot, track
        both = self._joint_plot[place] == plot
        self._note(track[both], self._joint_track[place[both]])

    def joint(self, plot: Numbers, track: Numbers) -> None:
        """Plots (n,) that the joint tracker used, by its own count, each with its track."""
        mine = self._own_of[plot % REMEMBERED]
        plot, track = mine[mine >= 0], track[mine >= 0]
        place = plot % REMEMBERED
        self._joint_plot[place], self._joint_track[place] = plot, track
        both = self._own_plot[place] == plot
        self._note(self._own_track[place[both]], track[both])

    def forget_joint(self) -> None:
        """The joint tracker begins anew."""
        self._joint_plot[:] = -1
        self._own_of[:] = -1
        self._pairs, self._weight = np.empty((0, 2), np.int64), np.empty(0)
        self._new, self._held = [], {}

    def _note(self, own: Numbers, joint: Numbers) -> None:
        if len(own):
            self._new.append(np.stack([own, joint], axis=1))

    def pairs(self, own: Numbers, joint: Numbers) -> dict[int, int]:
        """Pairs among the tracks that there are now; called once a second.

        Parameters
        ----------
        own, joint
            Numbers of the tracks of either tracker, (n,) and (m,).
        """
        stacked = np.concatenate([self._pairs, *self._new])
        fresh = np.ones(len(stacked) - len(self._weight))
        weight = np.concatenate([self._weight * FADING, fresh])
        self._new = []
        alive = np.isin(stacked[:, 0], own) & np.isin(stacked[:, 1], joint) & (weight > 0.05)
        self._pairs, back = np.unique(stacked[alive], axis=0, return_inverse=True)
        self._pairs = self._pairs.reshape(-1, 2)
        sums = np.zeros(len(self._pairs))
        np.add.at(sums, back.reshape(-1), weight[alive])
        self._weight = sums
        held = np.array([self._held.get(int(a)) == int(b) for a, b in self._pairs], np.bool_)
        worth = np.where(held, KEEPING * self._weight, self._weight)
        order = np.lexsort((self._pairs[:, 1], self._pairs[:, 0], -worth))
        chosen: dict[int, int] = {}
        used: set[int] = set()
        for row in order.tolist():
            a, b = (int(n) for n in self._pairs[row])
            if worth[row] >= LEAST and a not in chosen and b not in used:
                chosen[a] = b
                used.add(b)
        self._held = chosen
        return chosen
