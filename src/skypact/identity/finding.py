"""Findings of a kind for a whole picture: with time, place and address of what was seen.

A track's codes were heard when its last plot was measured, where it was then: that is the place
and time of what is found from them, not those of the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.identity.outcomes import KIND
from skypact.model.identity import EvidenceKind, Findings
from skypact.model.joint import JointTracks

METRES_PER_RAD = 6_371_008.8
"""Of a great circle; steps of a few seconds need no more."""
POLE_MARGIN_RAD = 1e-3
"""Nearer to a pole a step east is not carried back: within the floor that places differ by."""


def findings(
    kind: EvidenceKind,
    joint: JointTracks,
    outcome: NDArray[np.int16],
    *,
    weight: NDArray[np.float64] | None = None,
    detail: NDArray[np.int32] | None = None,
) -> Findings:
    """What was found of each track (n,), when and where its last plot was measured.

    Parameters
    ----------
    outcome
        Index in ``outcomes.OUTCOMES[kind]``, -1 nothing.
    weight, detail
        As in :class:`~skypact.model.identity.Findings`; left out: full weight, nothing.
    """
    tracks = joint.tracks
    count = len(tracks)
    age_s = np.clip((tracks.measured_ns - tracks.last_plot_ns) * 1e-9, 0.0, 600.0)
    east = np.nan_to_num(tracks.velocity_east_mps)
    north = np.nan_to_num(tracks.velocity_north_mps)
    latitude = tracks.latitude_rad - north * age_s / METRES_PER_RAD
    around = np.maximum(np.cos(tracks.latitude_rad), POLE_MARGIN_RAD)
    longitude = tracks.longitude_rad - east * age_s / METRES_PER_RAD / around
    return Findings(
        kind=KIND[kind],
        outcome=outcome,
        weight=np.ones(count) if weight is None else weight,
        detail=np.full(count, -1, np.int32) if detail is None else detail,
        observed_ns=np.minimum(tracks.last_plot_ns, tracks.measured_ns),
        latitude_rad=latitude,
        longitude_rad=longitude,
        address=tracks.mode_s.astype(np.int32),
    )
