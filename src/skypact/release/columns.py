"""Which columns a blur takes away, with those that would tell the same.

In: a :class:`~skypact.agreement.document.Blur`. Out: names of columns of ``Plots`` and
``Tracks``. Agreements may name a column as files do (``latitude_deg``) or as the model does.
"""

from __future__ import annotations

from skypact.agreement.document import Blur
from skypact.model.errors import BadRule
from skypact.model.plots import PLOT_COLUMNS
from skypact.model.tracks import TRACK_COLUMNS

PLACE = ("latitude_rad", "longitude_rad", "range_m", "azimuth_rad", "elevation_rad")
GROUND_VELOCITY = ("velocity_east_mps", "velocity_north_mps")
HEIGHTS = ("altitude_m", "pressure_altitude_m", "velocity_up_mps", "elevation_rad", "range_m")
CODES = ("callsign", "mode_s", "mode_3a")

TOLD_BY: dict[str, tuple[str, ...]] = {
    # the address names the airframe and the code the flight plan: either leads to the other
    "callsign": CODES,
    "mode_s": CODES,
    "mode_3a": ("mode_3a",),
    # slant range and elevation give the height, the climb rate its change
    "altitude_m": HEIGHTS,
    "pressure_altitude_m": HEIGHTS,
    # without a position the velocity, summed up, would draw the path
    "latitude_rad": (*PLACE, *GROUND_VELOCITY, "horizontal_sigma_m"),
    "longitude_rad": (*PLACE, *GROUND_VELOCITY, "horizontal_sigma_m"),
    "velocity_east_mps": GROUND_VELOCITY,
    "velocity_north_mps": GROUND_VELOCITY,
    "velocity_up_mps": ("velocity_up_mps",),
    "horizontal_sigma_m": ("horizontal_sigma_m", "covariance"),
    "covariance": ("covariance",),
    "coasting": ("coasting", "last_plot_ns"),
    "last_plot_ns": ("last_plot_ns",),
    "range_m": ("range_m", "azimuth_rad", "elevation_rad"),
    "azimuth_rad": ("range_m", "azimuth_rad", "elevation_rad"),
    "elevation_rad": ("elevation_rad",),
    "source_track": ("source_track",),
    "received_ns": ("received_ns",),
    "position": ("position",),
    # who saw it shows in when and how well it was seen
    "sensor": ("sensor", "sensors", "source_track", "last_plot_ns", "received_ns", "position"),
    "sensors": ("sensor", "sensors", "source_track", "last_plot_ns", "received_ns", "position"),
}
"""What goes with each column that may be removed. The number and the time of a track, and
whether it is confirmed, stay: without them it is none."""

BY_GRID = (*GROUND_VELOCITY, "range_m", "azimuth_rad", "elevation_rad")
"""What would tell an exact place, or sum up to it."""

BY_HIDDEN_SOURCE = (*TOLD_BY["sensor"], "range_m", "azimuth_rad", "elevation_rad")
"""What would tell which sensor saw it."""


def removed_columns(blur: Blur) -> frozenset[str]:
    """Columns of ``Plots`` and ``Tracks`` that do not leave under a blur.

    Raises
    ------
    BadRule
        If the blur names no column, or one that must stay.
    """
    # where it stands in the node's recording, and the number the sensor gave it, lead back to it
    gone: set[str] = {"position", "source_track"}
    # it would tell the axes of the sensors, and a velocity that was taken away
    gone.add("covariance")
    for word in blur.remove:
        name = word.replace("_deg", "_rad")
        if name not in TOLD_BY:
            known = name in PLOT_COLUMNS or name in TRACK_COLUMNS
            why = "must stay" if known else "is no column"
            raise BadRule(
                f"blur {blur.id!r} removes {word!r}, which {why}",
                remedy=f"May be removed: {', '.join(sorted(TOLD_BY))}",
            )
        gone.update(TOLD_BY[name])
    if blur.grid_m > 0.0:
        gone.update(BY_GRID)
    if blur.hide_source:
        gone.update(BY_HIDDEN_SOURCE)
    return frozenset(gone)
