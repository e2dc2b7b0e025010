"""Whether tracks move as aircraft can: states that no aircraft reaches from the one before.

In: paths. Out: how many steps are impossible. A step is impossible if the way is faster than
``SPEED_MPS``, or ends farther from where the mean of both velocities leads than an acceleration
of ``ACCELERATION_MPS2`` and the uncertainty of both ends explain. Where the first state had been
predicted for a while, a measurement may correct it by what a turn of ``TURN_MPS2`` since the last
measurement makes: such steps are corrections, and told apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.paths import Floats, Paths
from skypact.kernels.evaluation_paths import split_errors, surface_points
from skypact.model.time import SECOND_NS

SPEED_MPS = 750.0
"""Mach 2.5 at height: what goes faster is a missile or an error."""
ACCELERATION_MPS2 = 90.0
"""Nine times the earth's."""
TURN_MPS2 = 29.4
"""Three times the earth's, held through a turn that nobody saw."""
SIGMAS = 4.0
UNKNOWN_SIGMA_M = 100.0
"""Taken where a state tells no standard deviation."""
FARTHEST_S = 60.0
"""Steps longer than this are not judged."""


Flags = NDArray[np.bool_]


def impossible_steps(paths: Paths) -> tuple[Flags, Flags, Flags, Floats]:
    """Steps that are too fast, that jump, that correct a prediction, and the implied speeds.

    Shape (rows - 1,): of the step from each row to the next; False and NaN between paths. The
    first three exclude each other but for too fast and jump.
    """
    count = max(len(paths) - 1, 0)
    points = np.empty((len(paths), 4))
    surface_points(paths.latitude_rad, paths.longitude_rad, paths.altitude_m, points)
    span_s = np.diff(paths.time_ns) / SECOND_NS
    judged = paths.same_path() & (span_s <= FARTHEST_S) & (span_s > 0)
    east, north = np.empty(count), np.empty(count)
    level = np.zeros(count)
    split_errors(
        np.ascontiguousarray(paths.latitude_rad[:-1]),
        np.ascontiguousarray(paths.longitude_rad[:-1]),
        np.ascontiguousarray(points[:-1]), np.ascontiguousarray(points[1:]),
        level, level + 1.0, north, east,
    )  # fmt: skip
    sigma = np.nan_to_num(paths.sigma_m, nan=UNKNOWN_SIGMA_M)
    doubt = SIGMAS * np.hypot(sigma[:-1], sigma[1:])
    way = np.hypot(east, north)
    with np.errstate(invalid="ignore", divide="ignore"):
        speed = np.where(judged, way / span_s, np.nan)
        fast = judged & (way - doubt > SPEED_MPS * span_s)
        middle = [(v[:-1] + v[1:]) / 2.0 * span_s for v in (paths.east_mps, paths.north_mps)]
        off = np.hypot(east - middle[0], north - middle[1])
        jump = judged & (off > 0.5 * ACCELERATION_MPS2 * span_s**2 + doubt)
        # where nothing was measured for longer than this step, a turn may have gone unseen
        told = paths.last_plot_ns[:-1] >= 0
        unseen_s = np.where(told, (paths.time_ns[1:] - paths.last_plot_ns[:-1]) / SECOND_NS, 0.0)
        explained = (unseen_s > 1.5 * span_s) & (off <= 0.5 * TURN_MPS2 * unseen_s**2 + doubt)
    corrected = (fast | jump) & explained
    return fast & ~corrected, jump & ~corrected, corrected, speed


def plausibility(paths: Paths) -> dict[str, Any]:
    """Counts for people: judged steps, those too fast, those that jump, fastest step."""
    if len(paths) < 2:
        return {"steps": 0, "too_fast": 0, "jumps": 0, "fastest_mps": None, "told_too_fast": 0,
                "impossible": 0, "corrections": 0, "paths_with_either": 0}  # fmt: skip
    fast, jump, corrected, speed = impossible_steps(paths)
    known = speed[np.isfinite(speed)]
    told = np.hypot(paths.east_mps, paths.north_mps)
    return {
        "steps": len(known),
        "too_fast": int(fast.sum()),
        "jumps": int(jump.sum()),
        "fastest_mps": float(known.max()) if len(known) else None,
        "told_too_fast": int((told > SPEED_MPS).sum()),
        "impossible": int((fast | jump).sum()),
        "corrections": int(corrected.sum()),
        "paths_with_either": len(np.unique(paths.path_of_rows()[:-1][fast | jump])),
    }
