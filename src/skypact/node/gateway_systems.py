"""Systems side by side: what a node knows of a track by one agreement it does not tell by another.

In: claims of own tracks, and what partners told under each agreement. Out: claims as they leave
under one agreement. A joint number tells whose track it is and since when; that a track is
reported by another tells that another has it. Both are that other's to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skypact.model.exchange import NO_JOINT_NUMBER, NO_REPORTER, TrackClaims
from skypact.model.joint import JointTracks
from skypact.picture.apart import ToldRows

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NO_NUMBERS: Ints = np.empty(0, np.int64)


@dataclass(slots=True)
class Systems:
    """What is known under each agreement: joint numbers, and stations that tell tracks."""

    _numbers: dict[str, Ints] = field(default_factory=dict)
    _stations: dict[str, set[str]] = field(default_factory=dict)

    def learn(self, told: Sequence[ToldRows], current: Ints) -> None:
        """Take what partners told; of numbers those are kept that the picture has (``current``)."""
        numbers: dict[str, list[Ints]] = {name: [one] for name, one in self._numbers.items()}
        self._stations = {}
        for one in told:
            numbers.setdefault(one.part.agreement, []).append(one.rows.joint)
            self._stations.setdefault(one.part.agreement, set()).add(one.part.station)
        self._numbers = {
            name: np.intersect1d(np.concatenate(parts), current) for name, parts in numbers.items()
        }

    def numbered(self, claims: TrackClaims, agreement: str, mine: Bools) -> TrackClaims:
        """Claims with those joint numbers alone that may be told under an agreement.

        ``mine`` are the rows whose number the node itself has given, (rows,).
        """
        known = mine | np.isin(claims.joint, self._numbers.get(agreement, NO_NUMBERS))
        return replace(
            claims,
            joint=np.where(known, claims.joint, NO_JOINT_NUMBER),
            allotted_ns=np.where(known, claims.allotted_ns, 0),
        )

    def reported(
        self, claims: TrackClaims, agreement: str, own: Ints, picture: JointTracks
    ) -> TrackClaims:
        """Claims of own tracks that also report what nobody does whom this agreement knows.

        Parameters
        ----------
        claims
            As the picture has them: the node itself reports, or nobody is named.
        agreement
            Under which they leave.
        own
            The node's own numbers of the tracks, (rows,).
        picture
            The joint picture, with who reports each track.
        """
        heard = self._stations.get(agreement, set())
        unheard = np.array([k > 0 and code not in heard for k, code in enumerate(picture.stations)])
        by_others = picture.own_track[unheard[picture.reporter] & (picture.own_track >= 0)]
        ours = (claims.reporter == NO_REPORTER) & np.isin(own, by_others)
        return replace(
            claims, reporter=np.where(ours, 0, claims.reporter).astype(claims.reporter.dtype)
        )
