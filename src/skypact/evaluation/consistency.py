"""Whether tracks are as far off as they say: NEES, NIS and their chi-square bounds.

In: errors with the tracks' own standard deviation, or innovations. Out: means, bounds and shares.
Bar-Shalom, Li and Kirubarajan, Estimation with Applications to Tracking and Navigation (2001),
5.4. A track table tells one horizontal standard deviation and no covariance, so the NEES here is
that of a circular error of two degrees of freedom: an elongated error ellipse widens it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from skypact.evaluation.paths import Floats
from skypact.model.errors import BadTable
from skypact.model.innovations import INNOVATION_COLUMNS, Innovations

DEGREES = 2
NORMAL_975 = 1.959963984540054
USED_SHARE = 0.5
"""Innovations less likely than this to be the track's say nothing of its filter."""


def chi_square_quantile(normal_quantile: float, degrees: float) -> float:
    """Quantile of chi-square by Wilson and Hilferty (PNAS 17, 1931), within 2 % from 8 degrees on.

    ``normal_quantile`` is the standard normal quantile of the same probability.
    """
    part = 2.0 / (9.0 * degrees)
    return float(degrees * (1.0 - part + normal_quantile * math.sqrt(part)) ** 3)


def mean_bounds(count: int, degrees: int = DEGREES) -> tuple[float, float]:
    """Within what the mean of ``count`` independent chi-squares lies in 95 % of cases."""
    whole = count * degrees
    low, high = (chi_square_quantile(q, whole) / count for q in (-NORMAL_975, NORMAL_975))
    return max(low, 0.0), high


def nees(
    horizontal_m: Floats, sigma_m: Floats, instant: NDArray[np.int32]
) -> dict[str, Any] | None:
    """Normalised estimation error squared of judged pairs; each argument (pairs,).

    Errors of one track at successive instants are alike, so the bounds are those of the mean
    over the tracks of one instant, and the share of instants within them is told (0.95 if all is
    well).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        square = (horizontal_m / sigma_m) ** 2
    known = np.isfinite(square) & (sigma_m > 0)
    if not known.any():
        return None
    square, instant = square[known], instant[known]
    count = np.bincount(instant)
    sums = np.bincount(instant, weights=square)
    filled = count > 0
    count, means = count[filled], sums[filled] / count[filled]
    bounds = {int(n): mean_bounds(int(n)) for n in np.unique(count)}
    low = np.array([bounds[int(n)][0] for n in count])
    high = np.array([bounds[int(n)][1] for n in count])
    return {
        "n": len(square),
        "kind": "horizontal, circular, 2 degrees of freedom",
        "mean": float(square.mean()),
        "expected": float(DEGREES),
        # of a Rayleigh distribution: exp(-x / 2)
        "share_beyond_95": float((square > -2.0 * math.log(0.05)).mean()),
        "share_beyond_99": float((square > -2.0 * math.log(0.01)).mean()),
        "instants_within_bounds": float(((means >= low) & (means <= high)).mean()),
        "mean_by_instant": [float(low.mean()), float(means.mean()), float(high.mean())],
        "says": _verdict(float(square.mean())),
    }


def _verdict(mean: float) -> str:
    if mean > 1.5 * DEGREES:
        return "overconfident: errors are larger than the tracks say"
    if mean < DEGREES / 1.5:
        return "cautious: errors are smaller than the tracks say"
    return "consistent within a factor of 1.5"


def nis(innovations: Innovations) -> dict[str, Any] | None:
    """Normalised innovation squared, all and by sensor, of confirmed tracks' sure plots."""
    sure = innovations.confirmed & (innovations.share >= USED_SHARE)
    with np.errstate(invalid="ignore", divide="ignore"):
        square = innovations.normalised_squared
    sure &= np.isfinite(square)
    if not sure.any():
        return None
    low, high = mean_bounds(int(sure.sum()))
    sensors = {
        str(index): {"n": int((rows := sure & (innovations.sensor == index)).sum()),
                     "mean": float(square[rows].mean())}
        for index in np.unique(innovations.sensor[sure]).tolist()
    }  # fmt: skip
    return {
        "n": int(sure.sum()),
        "mean": float(square[sure].mean()),
        "expected": float(DEGREES),
        "bounds": [low, high],
        "sensors": sensors,
    }


def read_innovations(path: Path) -> Innovations:
    """A table with the columns of :class:`~skypact.model.innovations.Innovations`.

    Raises
    ------
    BadTable
        If the file cannot be read or misses a column.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise BadTable("no such file", where=str(path)) from None
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise BadTable(f"not a readable Parquet file ({problem})", where=str(path)) from problem
    missing = [name for name in INNOVATION_COLUMNS if name not in table.column_names]
    if missing:
        raise BadTable(f"columns {missing} are missing", where=str(path))
    return Innovations(
        **{
            name: np.array(table.column(name).to_numpy(), kind)
            for name, kind in INNOVATION_COLUMNS.items()
        }
    )
