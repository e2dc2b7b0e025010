"""The evidence that each track of the joint picture has now, at most one piece of each kind.

In: the picture's tracks, and findings in the same order. Out: the same arrays, moved along with
the tracks: a track that is given its joint number keeps what was found while it had none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from skypact.identity.likelihoods import Likelihoods
from skypact.kernels import identity_combine as kernels
from skypact.model.identity import EVIDENCE_KINDS, NO_OUTCOME, PENDING, Findings
from skypact.model.joint import JointTracks

KINDS = len(EVIDENCE_KINDS)


@dataclass(slots=True)
class Ledger:
    """Rows in the order of the picture they were made for; shapes (tracks,) and (tracks, kinds).

    Parameters
    ----------
    track
        Number of the track, int64.
    first_ns, since_ns
        When it was first seen, and since when its identity holds; int64.
    identity, machine, aircraft
        Indexes of words, int8: what holds, what the machine says, and the class.
    outcome, weight, detail, observed_ns, latitude_rad, longitude_rad, address
        The pieces, (tracks, kinds); see ``model.identity.Findings``.
    left
        What remains of each piece's weight, (tracks, kinds).
    """

    track: NDArray[np.int64]
    first_ns: NDArray[np.int64]
    since_ns: NDArray[np.int64]
    identity: NDArray[np.int8]
    machine: NDArray[np.int8]
    aircraft: NDArray[np.int8]
    outcome: NDArray[np.int16]
    weight: NDArray[np.float64]
    detail: NDArray[np.int32]
    observed_ns: NDArray[np.int64]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    address: NDArray[np.int32]
    left: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.track)

    @classmethod
    def blank(cls, track: NDArray[np.int64], now_ns: int) -> Ledger:
        """Rows of tracks that nothing is known of."""
        count = len(track)
        return cls(
            track=track.copy(),
            first_ns=np.full(count, now_ns, np.int64),
            since_ns=np.full(count, now_ns, np.int64),
            identity=np.full(count, PENDING, np.int8),
            machine=np.full(count, PENDING, np.int8),
            aircraft=np.zeros(count, np.int8),
            outcome=np.full((count, KINDS), NO_OUTCOME, np.int16),
            weight=np.zeros((count, KINDS)),
            detail=np.full((count, KINDS), -1, np.int32),
            observed_ns=np.zeros((count, KINDS), np.int64),
            latitude_rad=np.full((count, KINDS), np.nan),
            longitude_rad=np.full((count, KINDS), np.nan),
            address=np.full((count, KINDS), -1, np.int32),
            left=np.zeros((count, KINDS)),
        )

    def followed(self, joint: JointTracks, now_ns: int) -> Ledger:
        """The rows of a newer picture: those that go on, and blank ones for what is new."""
        track = joint.tracks.track
        if np.array_equal(track, self.track):
            return self
        order = np.argsort(self.track, kind="stable")
        known = self.track[order]
        at = _places(known, track)
        own = np.where(joint.own_track >= 0, -joint.own_track, track)
        at = np.where(at >= 0, at, _places(known, own))
        new = Ledger.blank(track, now_ns)
        goes_on = at >= 0
        rows = order[at[goes_on]]
        for field in fields(self):
            if field.name != "track":
                getattr(new, field.name)[goes_on] = getattr(self, field.name)[rows]
        return new

    def attach(
        self, found: Findings, joint: JointTracks, likelihoods: Likelihoods, now_ns: int
    ) -> NDArray[np.bool_]:
        """Put findings (one a track, in the picture's order) with the tracks they are of.

        Returns which were taken, shape (tracks,).
        """
        tracks = joint.tracks
        taken = np.empty(len(self), np.bool_)
        kernels.attach(
            _own(found.outcome, np.int16),
            _own(found.weight, np.float64),
            _own(found.detail, np.int32),
            _own(found.observed_ns, np.int64),
            _own(found.latitude_rad, np.float64),
            _own(found.longitude_rad, np.float64),
            _own(found.address, np.int32),
            _own(tracks.latitude_rad, np.float64),
            _own(tracks.longitude_rad, np.float64),
            np.hypot(tracks.velocity_east_mps, tracks.velocity_north_mps),
            _own(tracks.measured_ns, np.int64),
            _own(tracks.horizontal_sigma_m, np.float64),
            _own(tracks.mode_s, np.int32),
            found.kind,
            likelihoods.bound(found.kind),
            float(likelihoods.reach[kernels.FLOOR_M]),
            now_ns,
            self.outcome,
            self.weight,
            self.detail,
            self.observed_ns,
            self.latitude_rad,
            self.longitude_rad,
            self.address,
            taken,
        )
        return taken


def _places(known: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of each number in the sorted ones, -1 where it is not there."""
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[at] == wanted, at, -1)


def _own(values: NDArray[np.generic], dtype: type) -> NDArray[np.generic]:
    """The array as kernels take it; copied only where it is not so."""
    return np.require(values, dtype, ("C", "W"))
