"""By which number the joint picture knows tracks of the watch and of the joint tracker.

In: which tracks of the two are one aircraft. Out: one number for each, that stays while either of
them lives: the one under which the aircraft was shown first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

ALONE = 1 << 30
"""Numbers of tracks that no own plot has made begin here: far above any own number, and below the
passing numbers of the joint picture, so that displays' 32 bits hold them."""

PAIRED_WITHIN = 15
"""Seconds within which a track that own plots had a part in finds its own track: until then it
is not shown beside it."""

Numbers = NDArray[np.int64]


class PictureNumbers:
    """Numbers in the picture of the watch's (own) and the joint tracker's tracks."""

    def __init__(self) -> None:
        self._joint: dict[int, int] = {}  # the joint tracker's number: the picture's
        self._own: dict[int, int] = {}  # the watch's number: the picture's, where another
        self._shown: set[int] = set()  # the watch's numbers of tracks shown as aircraft before
        self._unpaired: dict[int, int] = {}  # the joint tracker's number: seconds without a pair

    def keep(self, own: Iterable[int], joint: Iterable[int]) -> None:
        """Forget tracks that are no more."""
        own, joint = set(own), set(joint)
        self._own = {k: n for k, n in self._own.items() if k in own}
        self._joint = {k: n for k, n in self._joint.items() if k in joint}

    def join(self, own: int, joint: int) -> None:
        """The two are one aircraft."""
        shown = self._joint.get(joint, 0)
        free = shown >= ALONE and shown not in self._own.values()
        if free and own not in self._own and own not in self._shown:
            self._own[own] = shown
        self._joint[joint] = self._own.get(own, own)

    def note_shown(self, own: Iterable[int]) -> None:
        """The watch's tracks that are shown as aircraft from now on."""
        self._shown = set(own)

    def alone(self, joint: Sequence[int], mine: Sequence[bool]) -> list[bool]:
        """Which tracks of the joint tracker without a pair are shown by themselves; once a second.

        Parameters
        ----------
        joint
            Their numbers.
        mine
            Whether own plots had a part in each: then its own track will turn up, or has just
            been lost.
        """
        used = set(self._own.values())
        for number in joint:
            known = self._joint.get(number, 0)
            if known < ALONE or known in used:  # that number stays with the own track
                self._joint.pop(number, None)
        self._unpaired = {
            number: self._unpaired.get(number, 0) + 1
            for number, own in zip(joint, mine, strict=True)
            if own
        }
        shown = []
        for number, own in zip(joint, mine, strict=True):
            known = number in self._joint
            shown.append(known or not own or self._unpaired[number] > PAIRED_WITHIN)
            if shown[-1]:
                self._joint.setdefault(number, ALONE + number)
        return shown

    def of_own(self, own: Numbers) -> Numbers:
        """The picture's numbers of the watch's tracks (n,)."""
        if not self._own:
            return own
        return np.array([self._own.get(n, n) for n in own.tolist()], np.int64)

    def of_joint(self, joint: Numbers) -> Numbers:
        """The picture's numbers of the joint tracker's tracks (n,); all of them have one."""
        return np.array([self._joint[n] for n in joint.tolist()], np.int64)

    def own_behind(self, shown: Numbers) -> Numbers:
        """The watch's tracks behind numbers of the picture (n,), -1 where none."""
        back = {n: k for k, n in self._own.items()}
        numbers = [back.get(n, -1 if n >= ALONE else n) for n in shown.tolist()]
        return np.array(numbers, np.int64)
