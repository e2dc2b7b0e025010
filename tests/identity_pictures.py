"""Joint pictures for tests of identity: a few aircraft near 42.4 N 74.5 E, each as said."""

from __future__ import annotations

from typing import Any

import numpy as np

from skypact.identity.finding import findings
from skypact.identity.outcomes import outcome
from skypact.model.identity import EvidenceKind, Findings
from skypact.model.joint import JointTracks
from skypact.model.tracks import TRACK_COLUMNS, Tracks

NOW_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000
LATITUDE, LONGITUDE = np.radians(42.4), np.radians(74.5)


def picture(count: int = 1, now_ns: int = NOW_NS, **columns: Any) -> JointTracks:
    """``count`` aircraft abreast, 20 km from each other, flying east at 200 m/s and 9,000 m."""
    arrays: dict[str, Any] = {
        name: np.full(count, np.nan if dtype == "float64" else 0, dtype)
        for name, dtype in TRACK_COLUMNS.items()
    }
    arrays |= {
        "track": np.arange(1, count + 1),
        "measured_ns": np.full(count, now_ns),
        "last_plot_ns": np.full(count, now_ns),
        "latitude_rad": LATITUDE + np.arange(count) * 20e3 / 6.371e6,
        "longitude_rad": np.full(count, LONGITUDE),
        "altitude_m": np.full(count, 9000.0),
        "velocity_east_mps": np.full(count, 200.0),
        "velocity_north_mps": np.zeros(count),
        "horizontal_sigma_m": np.full(count, 100.0),
        "confirmed": np.ones(count, bool),
        "mode_3a": np.full(count, -1),
        "mode_s": np.full(count, -1),
        "callsign": np.zeros(count, "S8"),
        "sensors": np.ones((count, 1), np.uint64),
        "covariance": np.full((count, 10), np.nan),
    }
    own = columns.pop("own_track", np.arange(1, count + 1))
    arrays |= columns
    joint = JointTracks.of_own(
        Tracks(
            **{
                name: np.asarray(
                    arrays[name], np.dtype(TRACK_COLUMNS[name]) if name != "callsign" else "S8"
                )
                for name in TRACK_COLUMNS
            }
        ),
        "KG",
    )
    return JointTracks(
        tracks=joint.tracks,
        stations=joint.stations,
        reporter=joint.reporter,
        contributors=joint.contributors,
        own_track=np.asarray(own, np.int64),
        unconfirmed=joint.unconfirmed,
        blurred=joint.blurred,
    )


def found(joint: JointTracks, **kinds: str) -> list[Findings]:
    """The same findings of every track of a picture."""
    made = []
    for kind, name in kinds.items():
        which: EvidenceKind = kind  # type: ignore[assignment]
        made.append(findings(which, joint, np.full(len(joint), outcome(which, name), np.int16)))
    return made
