"""Makes picture_frame_v1.bin and _v2.bin, which hold encoder (Python) and decoder (TypeScript)
to one format: version 1 is a node's own tracks, version 2 a joint picture.

Run ``.venv/bin/python tests/golden/picture_frame_recipe.py`` only when the format's version
changes, and then under a new name: a browser may be older than the node it looks at.
"""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from skypact.console import encode_picture
from skypact.model.joint import JointTracks
from skypact.model.tracks import Tracks

GOLDEN_JOINT = Path(__file__).with_name("picture_frame_v2.bin")
GOLDEN = Path(__file__).with_name("picture_frame_v1.bin")
NOW_NS = 1_698_883_200_500_000_000  # 2023-11-02T00:00:00.5Z


def golden_tracks() -> Tracks:
    """Five tracks: all known; nothing known; at the limits; beyond them; a geometric height."""
    nan = math.nan
    return Tracks(
        track=np.array([1, 2, 3, 70_000, 4_294_967_294], dtype=np.int64),
        measured_ns=np.full(5, NOW_NS, dtype=np.int64),
        latitude_rad=np.radians([42.853, 0.0, 90.0, -89.5, 40.0]),
        longitude_rad=np.radians([74.575, 0.0, 180.0, -180.0, 72.25]),
        altitude_m=np.array([10_700.0, nan, 0.0, 1e9, 3048.0]),
        pressure_altitude_m=np.array([10_668.0, nan, 0.0, 1e9, nan]),
        velocity_east_mps=np.array([-120.0, nan, 0.0, 1e6, 0.0]),
        velocity_north_mps=np.array([-160.0, nan, 0.0, 0.0, 100.0]),
        velocity_up_mps=np.array([-5.1, nan, 0.0, 1e6, 10.2]),
        horizontal_sigma_m=np.array([35.4, nan, 0.0, 1e7, 120.0]),
        confirmed=np.array([True, False, True, True, False]),
        coasting=np.array([False, False, True, True, False]),
        last_plot_ns=np.array(
            [NOW_NS - 1_600_000_000, -1, NOW_NS + 9, NOW_NS - 10**12, NOW_NS], dtype=np.int64
        ),
        mode_3a=np.array([0o7700, -1, 0, 0o7777, 0o1234], dtype=np.int32),
        mode_s=np.array([0x601A2B, -1, 0, 0xFFFFFF, 0xABCDEF], dtype=np.int32),
        callsign=np.array([b"KGA101", b"", b"<b>x</b>", b"", b""], dtype="S8"),
        sensors=np.array([[0b101], [0], [1], [0], [2**63]], dtype=np.uint64),
        covariance=np.full((5, 10), np.nan),
    )


def golden_frame() -> bytes:
    """The frame as this version encodes it."""
    return encode_picture(
        golden_tracks(),
        sequence=41,
        now_ns=NOW_NS,
        mode="replay",
        speed=4.0,
        texts_revision=7,
    )


def golden_joint() -> JointTracks:
    """The same five: joint; own without a joint number; told by one partner; blurred; two partners.

    Stations are KG (the node), RU, KANT; the last track's reporter is not one of them.
    """
    own = golden_tracks()
    return JointTracks(
        tracks=replace(own, track=np.array([1, -2, 3, 70_000, 4_294_967_294], dtype=np.int64)),
        stations=("KG", "RU", "KANT"),
        reporter=np.array([1, 0, 1, 2, 7], dtype=np.int16),
        contributors=np.array([0b011, 0b001, 0b010, 0b100, 0b110], dtype=np.uint64),
        own_track=np.array([9, 2, -1, -1, -1], dtype=np.int64),
        unconfirmed=np.array([False, False, True, False, False]),
        blurred=np.array([False, False, False, True, False]),
    )


def golden_joint_frame() -> bytes:
    """The joint picture's frame as this version encodes it."""
    return encode_picture(golden_joint(), sequence=42, now_ns=NOW_NS, mode="live", texts_revision=8)


if __name__ == "__main__":
    GOLDEN_JOINT.write_bytes(golden_joint_frame())
    GOLDEN.write_bytes(golden_frame())
