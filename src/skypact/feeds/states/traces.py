"""readsb's globe history: one aircraft's day as a ``trace_full_*.json`` document.

In: the parsed document. Out: a state per point. Document: README-json.md of readsb, "trace
jsons": [seconds after ``timestamp``, latitude, longitude, altitude (ft, "ground" or null), ground
speed (kt), track, flags (8: altitude is geometric), climb (ft/min), details, source, geometric
altitude (ft), geometric climb, IAS, roll]. A document has some thousand points, so they are taken
in a Python loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.states.columns import FOOT_M, FOOT_MINUTE_MPS, KNOT_MPS, States, velocity_of
from skypact.feeds.states.text import nanoseconds, whole_numbers
from skypact.kernels.mode_s_fields import NOT_ICAO

GEOMETRIC = 8
LONGEST_POINTS = 1_000_000
DETAILS = ("nic", "nac_p", "nac_v", "sil", "version", "rc")


def trace_states(document: dict[str, Any] | None) -> States | None:
    """States of a trace, without ``position`` and ``received_ns``; None where it is no trace."""
    if document is None:
        return None
    points, began = document.get("trace"), _number(document.get("timestamp"))
    address = str(document.get("icao", ""))
    if not isinstance(points, list) or len(points) > LONGEST_POINTS or not began > 0:
        return None
    points = [p for p in points if isinstance(p, list) and len(p) >= 8]
    try:
        key = int(address.lstrip("~"), 16)
    except ValueError:
        return None
    if not 0 <= key <= 0xFFFFFF:
        return None
    numbers = np.array([[_number(p[k]) for k in (0, 1, 2, 3, 4, 5, 6, 7)] for p in points]).reshape(
        -1, 8
    )
    offset, latitude, longitude, level, speed, track, flags, climb = numbers.T
    heights = np.array([_number(p[10]) if len(p) > 10 else np.nan for p in points])
    geometric = np.nan_to_num(flags).astype(np.int64) & GEOMETRIC > 0
    east, north = velocity_of(speed * KNOT_MPS, track)
    details = [p[8] if len(p) > 8 and isinstance(p[8], dict) else {} for p in points]
    quality = {name: np.array([_number(d.get(name)) for d in details]) for name in DETAILS}
    ground = np.array([p[3] == "ground" for p in points], dtype=bool)
    radius = quality["rc"]
    return States.blank(
        len(points),
        measured_ns=nanoseconds(began + offset),
        key=np.full(len(points), key | (NOT_ICAO if address.startswith("~") else 0)),
        latitude_deg=latitude,
        longitude_deg=longitude,
        pressure_altitude_m=np.where(geometric, np.nan, level) * FOOT_M,
        altitude_m=np.where(np.isnan(heights) & geometric, level, heights) * FOOT_M,
        on_ground=np.where(ground, 1, np.where(np.isnan(level), -1, 0)),
        velocity_east_mps=east,
        velocity_north_mps=north,
        velocity_up_mps=climb * FOOT_MINUTE_MPS,
        mode_3a=np.array([_octal(d.get("squawk")) for d in details], np.int32),
        callsign=_texts([d.get("flight") for d in details], 8),
        source=_texts([p[9] if len(p) > 9 else None for p in points], 16),
        emergency=_texts([d.get("emergency") for d in details], 12),
        category=_texts([d.get("category") for d in details], 2),
        nic=whole_numbers(quality["nic"], 11),
        nac_p=whole_numbers(quality["nac_p"], 11),
        nac_v=whole_numbers(quality["nac_v"], 4),
        sil=whole_numbers(quality["sil"], 3),
        version=whole_numbers(quality["version"], 7),
        containment_radius_m=np.where(radius > 0, radius, np.nan),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and abs(value) < 1e300 else np.nan


def _octal(value: object) -> int:
    good = isinstance(value, str) and len(value) == 4 and all(c in "01234567" for c in value)
    return int(str(value), 8) if good else -1


def _texts(values: list[object], width: int) -> NDArray[np.bytes_]:
    plain = [str(v).strip() if isinstance(v, str) and v.isascii() else "" for v in values]
    return np.array([v.encode() if len(v) <= width else b"" for v in plain], dtype=f"S{width}")
