"""Plots put right by what is known of their sensors' errors; pure.

In: plots as measured and the errors of the table's sensors. Out: plots as they should have been.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skypact.model.plots import Plots
from skypact.model.registration import SensorErrors


def correct(plots: Plots, errors: SensorErrors) -> Plots:
    """The same plots without their sensors' errors, as far as these are known.

    Range (r - bias) / (1 + scale), azimuth less its bias within [0, 2 pi) where it changed,
    elevation less tilt, time of measurement less the offset. Positions and all else stay, and so
    does every plot of a sensor outside the table.
    """
    if len(plots) == 0 or len(errors) == 0:
        return plots
    known = (plots.sensor >= 0) & (plots.sensor < len(errors))
    sensor = np.where(known, plots.sensor, 0)

    def of(values: np.ndarray) -> np.ndarray:
        return np.where(known, values[sensor], 0.0)

    azimuth_bias = of(errors.azimuth_bias_rad)
    turned = plots.azimuth_rad - azimuth_bias
    # damaged azimuths stay damaged, for the tracker to refuse them
    wrapped = np.where(np.abs(turned) < 10.0, np.mod(turned, 2.0 * np.pi), turned)
    offset_ns = np.round(of(errors.time_offset_s) * 1e9).astype(np.int64)
    return replace(
        plots,
        range_m=(plots.range_m - of(errors.range_bias_m)) / (1.0 + of(errors.range_scale)),
        azimuth_rad=np.where(azimuth_bias == 0.0, plots.azimuth_rad, wrapped),
        elevation_rad=plots.elevation_rad - of(errors.tilt_rad),
        # a time near the end of int64 is damage: keep it so
        measured_ns=np.where(
            np.abs(plots.measured_ns) < 2**62, plots.measured_ns - offset_ns, plots.measured_ns
        ),
    )
