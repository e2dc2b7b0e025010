"""Paths from what a running node holds: track states and plots, without a file between.

In: the model's :class:`~skypact.model.tracks.Tracks` or :class:`~skypact.model.plots.Plots`. Out:
:class:`~skypact.evaluation.paths.Paths`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.paths import PathKind, Paths, make_paths, select
from skypact.model.plots import Plots
from skypact.model.tracks import Tracks


def paths_of_tracks(tracks: Tracks) -> Paths:
    """The confirmed states."""
    shown = tracks.take(tracks.confirmed)
    return make_paths(
        "tracks",
        shown.track,
        time_ns=shown.measured_ns,
        latitude_rad=shown.latitude_rad,
        longitude_rad=shown.longitude_rad,
        altitude_m=shown.altitude_m,
        pressure_altitude_m=shown.pressure_altitude_m,
        east_mps=shown.velocity_east_mps,
        north_mps=shown.velocity_north_mps,
        up_mps=shown.velocity_up_mps,
        sigma_m=shown.horizontal_sigma_m,
        last_plot_ns=shown.last_plot_ns,
        coasting=shown.coasting,
        mode_s=shown.mode_s,
        mode_3a=shown.mode_3a,
    )


def paths_of_plots(plots: Plots, number: NDArray[np.int64], kind: PathKind = "plots") -> Paths:
    """Position reports; ``number`` (plots,) says whose each is, negative: nobody's."""
    paths = make_paths(
        kind,
        number,
        time_ns=plots.measured_ns,
        latitude_rad=plots.latitude_rad,
        longitude_rad=plots.longitude_rad,
        altitude_m=plots.altitude_m,
        pressure_altitude_m=plots.pressure_altitude_m,
        east_mps=plots.velocity_east_mps,
        north_mps=plots.velocity_north_mps,
        up_mps=plots.velocity_up_mps,
        sigma_m=plots.horizontal_sigma_m,
        mode_s=plots.mode_s,
        mode_3a=plots.mode_3a,
    )
    return select(paths, paths.name[paths.path_of_rows()] >= 0)
