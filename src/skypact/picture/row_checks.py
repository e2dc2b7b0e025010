"""Which rows of a partner's batch are believed: times, places, numbers.

In: rows as they came and the rows held of the same station. Out: masks of what is refused, by
reason. The form of the rows (finite, in range) was checked where they were read.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import geodetic_to_ecef
from skypact.model.exchange import NO_JOINT_NUMBER, TrackClaims
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.picture.limits import PictureLimits
from skypact.picture.numbers import NumberBlocks
from skypact.picture.rows import PartnerRows
from skypact.picture.stations import StationIndex

RowReason = Literal[
    "FutureState",
    "StaleState",
    "Teleporting",
    "TooManyTracks",
    "TooManyLabels",
    "Flooding",
    "UnknownStation",
    "NumberOutsideBlock",
    "NumberNotGiven",
    "AllotmentTime",
    "Renumbering",
    "ForeignReporter",
]
"""Why rows are refused. The last four of numbers refuse the joint number alone, the last one of
all the claim to report: the state is kept."""

ROW_REASONS: dict[RowReason, str] = {
    "FutureState": "states of a time that has not come",
    "StaleState": "states of a time long past",
    "Teleporting": "states no aircraft could have reached",
    "TooManyTracks": "more tracks than one station may tell of",
    "TooManyLabels": "more different labels than one station may use",
    "Flooding": "more states than can wait for the next step",
    "UnknownStation": "from more stations than a picture has room for",
    "NumberOutsideBlock": "joint numbers that no station may give",
    "NumberNotGiven": "joint numbers of ours that we have not given",
    "AllotmentTime": "joint numbers given at no possible time",
    "Renumbering": "joint numbers that change too often",
    "ForeignReporter": "claims that another station reports, by one that may not name it",
}


def wrong_time(rows: PartnerRows, limits: PictureLimits) -> dict[RowReason, NDArray[np.bool_]]:
    """States of the future or the past, against the time each came; masks (rows,)."""
    tracks = rows.tracks
    latest = rows.received_ns + round(limits.future_s * SECOND_NS)
    future = (tracks.measured_ns > latest) | (tracks.last_plot_ns > latest)
    oldest = rows.received_ns - round(limits.stale_s * SECOND_NS)
    stale = ~future & ((tracks.last_plot_ns < oldest) | (tracks.measured_ns < oldest))
    return {"FutureState": future, "StaleState": stale}


def teleporting(new: Tracks, held: Tracks, limits: PictureLimits) -> NDArray[np.bool_]:
    """Whether states lie farther from those held than an aircraft flies meanwhile.

    Parameters
    ----------
    new, held
        States of the same tracks, row by row.
    """
    x, y, z = (
        a - b
        for a, b in zip(
            geodetic_to_ecef(new.latitude_rad, new.longitude_rad, 0.0),
            geodetic_to_ecef(held.latitude_rad, held.longitude_rad, 0.0),
            strict=True,
        )
    )
    elapsed_s = np.abs(new.measured_ns - held.measured_ns) / SECOND_NS
    speed_mps = np.hypot(held.velocity_east_mps, held.velocity_north_mps)
    reach_mps = np.fmax(limits.reach_mps, 1.5 * speed_mps)
    sigma_m = np.nan_to_num(np.fmin(held.horizontal_sigma_m, limits.reach_m))
    reach_m = limits.reach_m + 3.0 * sigma_m + reach_mps * elapsed_s
    far: NDArray[np.bool_] = ~(np.sqrt(x * x + y * y + z * z) <= reach_m)
    return far


def wrong_number(
    rows: PartnerRows, blocks: NumberBlocks, limits: PictureLimits
) -> dict[RowReason, NDArray[np.bool_]]:
    """Joint numbers that cannot be what they are said to be; masks (rows,)."""
    told = rows.joint != NO_JOINT_NUMBER
    owner = blocks.owner(rows.joint)
    outside = told & (owner < 0)
    not_given = told & (owner == 0) & ~blocks.given(rows.joint)
    latest = rows.received_ns + round(limits.future_s * SECOND_NS)
    timeless = told & ((rows.allotted_ns <= 0) | (rows.allotted_ns > latest))
    return {
        "NumberOutsideBlock": outside,
        "NumberNotGiven": not_given,
        "AllotmentTime": timeless & ~outside & ~not_given,
        "Renumbering": told & (rows.renumbered > limits.renumberings),
    }


def said_to_report(
    claims: TrackClaims, sender: int, stations: StationIndex, *, post: bool
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]:
    """Who reports each track, as its sender says; a station that is no post speaks for itself.

    Parameters
    ----------
    claims
        As they came.
    sender
        Index of the station that sent them.
    stations
        Indexes.
    post
        Whether it is a joint post, which may name any station that we know.

    Returns
    -------
    itself
        Whether it says that it reports the track itself, (rows,).
    names
        Index of the station that it names, being a post; -1 nobody.
    foreign
        Whether it names one that it may not.
    """
    told, count = claims.reporter, len(claims.stations)
    ours = np.array([*(stations.known(code) for code in claims.stations), -1], np.int64)
    station = ours[np.where((told >= 0) & (told < count), told, count)]
    itself = (station == sender) & (station >= 0)
    may = (station >= 0) if post else itself
    return itself, np.where(may & post, station, -1), (told >= 0) & ~may
