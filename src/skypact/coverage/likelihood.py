"""How likely a network detects, how many plots a scan brings, how exact they are together.

In: a network's maps of lowest visible altitudes and what its sensors are. Out: for each altitude
the probabilities that at least one, two or three sensors detect in one scan (each errs on its
own), the expected plots, and the least error that one scan's plots allow (Cramer and Rao), with
height known: root mean square of the distance over ground.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.coverage.network import Network, processors
from skypact.coverage.sensor_types import (
    ELEVATION_LOW_DEG,
    ELEVATION_STEP_DEG,
    LEVEL_STEP_DB,
    ChanceTables,
)
from skypact.kernels.coverage_detection import add_detections

QUANTITIES = 7
ENOUGH_PLOTS = 0.5
"""Where fewer plots a scan are expected, no accuracy is told."""

BAND_ROWS = 256

LIKELY = 0.8
"""A probability of detection that counts as covered."""


@dataclass(frozen=True, slots=True)
class Detector:
    """What a mast carries.

    Parameters
    ----------
    tables
        Its type's; None where the type is not known: then ``chance`` holds within sight.
    chance
        Probability of detection of one of unknown type.
    min_range_m
        Nearer than this it is blind.
    range_sigma_m, azimuth_sigma_rad
        Of one plot of a radar.
    position_sigma_m
        Of one report of another kind; 0 for a radar.
    """

    tables: ChanceTables | None
    chance: float = 1.0
    min_range_m: float = 0.0
    range_sigma_m: float = 50.0
    azimuth_sigma_rad: float = math.radians(0.08)
    position_sigma_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Layers of one network; NaN under ground and where the ground is unknown.

    Parameters
    ----------
    altitude_m
        Of the layers, above mean sea level.
    at_least
        float32 (layers, 3, rows, columns): probability that 1, 2, 3 or more detect.
    plots
        float32 (layers, rows, columns): expected plots a scan.
    accuracy_m
        float32 (layers, rows, columns): least root mean square error of one scan; NaN where
        less than half a plot is expected.
    """

    altitude_m: tuple[float, ...]
    at_least: NDArray[np.float32]
    plots: NDArray[np.float32]
    accuracy_m: NDArray[np.float32]

    def share_at(self, layer: int, area: NDArray[np.float64], chance: float, least: int) -> float:
        """Share of the area above ground where ``least`` detect at least this likely."""
        values = self.at_least[layer, least - 1]
        free = ~np.isnan(values)
        whole = float(area[free].sum())
        return float(area[free & (values >= chance)].sum()) / whole if whole else 0.0


def likelihood_of(
    network: Network,
    detectors: Sequence[Detector],
    altitude_m: Sequence[float],
    *,
    step: Callable[[float], None] = lambda _: None,
) -> Likelihood:
    """Probabilities, plots and accuracy of a network; ``detectors`` in the order of its masts."""
    rows, columns = network.grid.shape
    layers = len(altitude_m)
    found = Likelihood(
        tuple(altitude_m),
        np.empty((layers, 3, rows, columns), np.float32),
        np.empty((layers, rows, columns), np.float32),
        np.empty((layers, rows, columns), np.float32),
    )
    bands = [slice(first, min(first + BAND_ROWS, rows)) for first in range(0, rows, BAND_ROWS)]

    def work(band: slice) -> None:
        _fill_band(network, detectors, band, found)

    # a band of rows needs no other, so threads change nothing of the result
    with ThreadPoolExecutor(processors()) as pool:
        for done, _ in enumerate(pool.map(work, bands), 1):
            step(done / len(bands))
    return found


def _fill_band(
    network: Network, detectors: Sequence[Detector], band: slice, found: Likelihood
) -> None:
    grid = network.grid
    altitude = np.asarray(found.altitude_m, np.float64)
    north = np.radians(grid.latitude_deg[band])
    east = np.radians(grid.longitude_deg)
    joint = np.zeros((len(altitude), len(north), len(east), QUANTITIES), np.float32)
    joint[..., 0] = 1.0
    for mast, detector, antenna_m, lowest in zip(
        network.masts, detectors, network.antenna_m, network.lowest_m, strict=True
    ):
        place = (math.radians(mast.latitude_deg), math.radians(mast.longitude_deg))
        figures, gain_db, chance = _tables(detector)
        add_detections(
            np.ascontiguousarray(lowest[band]),
            np.array(
                [
                    *place,
                    antenna_m,
                    network.two_radii_m,
                    detector.min_range_m,
                    detector.range_sigma_m,
                    detector.azimuth_sigma_rad,
                    detector.position_sigma_m,
                ]
            ),
            north,
            east,
            altitude,
            figures,
            gain_db,
            chance,
            joint,
        )
    ground = network.ground_m[band]
    for k, height in enumerate(altitude):
        free = ground <= height
        none, one, two = joint[k, ..., 0], joint[k, ..., 1], joint[k, ..., 2]
        for least, less in enumerate((none, none + one, none + one + two)):
            likely = np.maximum(np.float32(1.0) - less, np.float32(0.0))
            found.at_least[k, least, band] = np.where(free, likely, np.float32(math.nan))
        plots = joint[k, ..., 3]
        found.plots[k, band] = np.where(free, plots, np.float32(math.nan))
        told = free & (plots >= ENOUGH_PLOTS)
        found.accuracy_m[k, band] = np.where(told, _error_m(joint[k]), np.float32(math.nan))


def _error_m(joint: NDArray[np.float32]) -> NDArray[np.float32]:
    """Square root of the trace of the inverse information."""
    ee, en, nn = (joint[..., k].astype(np.float64) for k in (4, 5, 6))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt((ee + nn) / (ee * nn - en * en)), np.float32)


def _tables(
    detector: Detector,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Figures, gains and chances as the kernel wants them."""
    tables = detector.tables
    if tables is None:
        return np.zeros(6), np.zeros(2), np.array([detector.chance])
    figures = np.array(
        [
            tables.strength_db,
            tables.decade_db,
            tables.low_db,
            LEVEL_STEP_DB,
            math.radians(ELEVATION_LOW_DEG),
            math.radians(ELEVATION_STEP_DEG),
        ]
    )
    return figures, tables.gain_db, tables.chance
