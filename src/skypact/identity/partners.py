"""What partners say of a track: evidence, weighed by how far each is believed, and no more.

In: identities that came from partners, as rows of the joint picture. Out: findings of the kind
``partner``. ``pending`` and ``unknown`` say nothing. ``hostile`` from a partner is evidence too: by
itself it makes nothing hostile here, and not even suspect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.identity.finding import findings
from skypact.identity.outcomes import OUTCOMES
from skypact.model.identity import NO_OUTCOME, Findings
from skypact.model.joint import JointTracks
from skypact.model.labels import IDENTITIES

MEANING = np.array(
    [
        OUTCOMES["partner"].index(word) if word in OUTCOMES["partner"] else NO_OUTCOME
        for word in IDENTITIES
    ],
    np.int16,
)
"""Outcome of each identity that a partner may give."""


@dataclass(frozen=True, slots=True)
class ToldByPartners:
    """What a partner last said of each track; arrays of shape (tracks,).

    Parameters
    ----------
    identity
        Index in ``labels.IDENTITIES``, -1 nothing, int8.
    station
        Index of the station in the joint picture's ``stations``, int16.
    told_ns
        When it was said, int64.
    latitude_rad, longitude_rad
        Where the partner saw the track that it means; NaN unknown.
    address
        24-bit address it means, -1 none, int32.
    """

    identity: NDArray[np.int8]
    station: NDArray[np.int16]
    told_ns: NDArray[np.int64]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    address: NDArray[np.int32]


def partner_findings(
    joint: JointTracks, told: ToldByPartners, believed: NDArray[np.float64]
) -> Findings:
    """What partners say of each track; ``detail``: the station.

    Parameters
    ----------
    believed
        How far each station of the joint picture is believed, 0 to 1, shape (stations,).
    """
    known = (told.identity >= 0) & (told.identity < len(IDENTITIES))
    known &= (told.station >= 0) & (told.station < len(believed))
    outcome = np.where(known, MEANING[np.where(known, told.identity, 0)], NO_OUTCOME)
    weight = np.zeros(len(joint))
    weight[known] = believed[told.station[known]]
    made = findings(
        "partner",
        joint,
        outcome.astype(np.int16),
        weight=weight,
        detail=told.station.astype(np.int32),
    )
    return replace(
        made,
        observed_ns=told.told_ns,
        latitude_rad=told.latitude_rad,
        longitude_rad=told.longitude_rad,
        address=told.address,
    )
