"""Layout of DIS PDUs, as NumPy structured types, and the DIS clock.

Document: IEEE 1278.1-2012: PDU header 6.2.66, Entity State PDU 7.2.2, timestamps 6.2.88, entity
identifier 6.2.28, entity type 6.2.30. Numbers are big-endian.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HEADER = np.dtype([
    ("version", "u1"),
    ("exercise", "u1"),
    ("pdu_type", "u1"),
    ("family", "u1"),
    ("timestamp", ">u4"),
    ("length", ">u2"),
    ("status", "u1"),
    ("padding", "u1"),
])  # fmt: skip

ENTITY_TYPE = np.dtype([
    ("kind", "u1"),
    ("domain", "u1"),
    ("country", ">u2"),
    ("category", "u1"),
    ("subcategory", "u1"),
    ("specific", "u1"),
    ("extra", "u1"),
])  # fmt: skip

ENTITY_STATE = np.dtype([
    ("header", HEADER),
    ("site", ">u2"),
    ("application", ">u2"),
    ("entity", ">u2"),
    ("force", "u1"),
    ("articulations", "u1"),
    ("type", ENTITY_TYPE),
    ("alternative_type", ENTITY_TYPE),
    ("velocity_mps", ">f4", (3,)),
    ("location_m", ">f8", (3,)),
    ("orientation_rad", ">f4", (3,)),
    ("appearance", ">u4"),
    ("dead_reckoning", "u1"),
    ("dead_reckoning_parameters", "u1", (15,)),
    ("acceleration_mps2", ">f4", (3,)),
    ("angular_velocity_radps", ">f4", (3,)),
    ("marking_set", "u1"),
    ("marking", "u1", (11,)),
    ("capabilities", ">u4"),
])  # fmt: skip
"""Everything before the articulation and attached-part records."""

ARTICULATION_BYTES = 16
VERSIONS = (5, 6, 7)
"""IEEE 1278.1-1995, 1278.1A-1998 and 1278.1-2012: the Entity State PDU is the same in all."""

ENTITY_STATE_TYPE = 1
FAMILY_ENTITY = 1
KIND_PLATFORM = 1
DOMAIN_AIR = 2
ASCII = 1
DEAD_RECKONING_FPW = 2
"""Constant velocity, no rotation, world axes."""

HOUR_NS = 3_600_000_000_000
UNITS = 1 << 31
"""Units of the 31-bit timestamp in an hour (6.2.88)."""

assert HEADER.itemsize == 12
assert ENTITY_STATE.itemsize == 144


def past_hour_ns(timestamp: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Nanoseconds past the hour of DIS timestamps, rounded to the nearest."""
    units = (timestamp >> 1).astype(np.uint64)
    # 3.6e12 / 2**31 = 1757812500 / 2**20, so that the product fits 64 bits
    product = units * np.uint64(1_757_812_500)
    return ((product + np.uint64(1 << 19)) >> np.uint64(20)).astype(np.int64)


def timestamp_of(time_ns: NDArray[np.int64], *, absolute: bool = True) -> NDArray[np.uint32]:
    """DIS timestamps of UTC times; absolute: the clock is synchronised to UTC."""
    past = (time_ns % HOUR_NS).astype(np.uint64)
    units = (past * np.uint64(1 << 20) + np.uint64(878_906_250)) // np.uint64(1_757_812_500)
    wrapped = units % np.uint64(UNITS)
    return ((wrapped << np.uint64(1)) | np.uint64(1 if absolute else 0)).astype(np.uint32)
