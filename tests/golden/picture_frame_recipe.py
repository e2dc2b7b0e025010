"""Makes picture_frame_v1.bin, which holds encoder (Python) and decoder (TypeScript) to one format.

Run ``.venv/bin/python tests/golden/picture_frame_recipe.py`` only when the format's version
changes, and then under a new name: a browser may be older than the node it looks at.
"""

import math
from pathlib import Path

import numpy as np

from skypact.console import encode_picture
from skypact.model.tracks import Tracks

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


if __name__ == "__main__":
    GOLDEN.write_bytes(golden_frame())
