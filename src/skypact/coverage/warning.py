"""Warning time: minutes between being first seen and arriving, coming by the least seen way.

In: a network's map of lowest visible altitudes, a flyer's height above ground and speed. Out: a
map and, for each site, a number. A defensive gap analysis: it says where a sensor is missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.coverage.network import METRES_PER_DEGREE, Network
from skypact.kernels.coverage_warning import reach_from_edge, shortest_ways


@dataclass(frozen=True, slots=True)
class WarningMap:
    """Warning times over a network's grid.

    Parameters
    ----------
    network
        Whose.
    height_m, speed_mps
        Of the flyer: above ground, over ground.
    minutes
        float32 (rows, columns): 0 where it can come unseen.
    open_share
        Share of the area that can be reached from the edge of the map unseen.
    pocket_share
        Share that is unseen but cannot.
    """

    network: Network
    height_m: float
    speed_mps: float
    minutes: NDArray[np.float32]
    open_share: float
    pocket_share: float

    def at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Minutes at a place, NaN off the map."""
        grid = self.network.grid
        row, column = grid.cell_of(latitude_deg, longitude_deg)
        if not (0 <= row < grid.shape[0] and 0 <= column < grid.shape[1]):
            return math.nan
        return float(self.minutes[row, column])


def warning_map(
    network: Network, *, height_m: float, speed_mps: float, without: tuple[int, ...] = ()
) -> WarningMap:
    """Warning times against a flyer; ``without`` are masts that fail.

    A flyer that nobody sees at the edge of the map comes from outside unseen; one that is seen
    there is first seen there, so the times near the edge are what this map can tell at least.
    """
    lowest = network.together_m(without)
    flown = network.ground_m + np.float32(height_m)
    unseen = ~(lowest <= flown)
    reached = np.zeros(unseen.shape, np.bool_)
    reach_from_edge(unseen, reached, np.empty(unseen.size, np.int64))
    source = reached.copy()
    for edge in (source[0], source[-1], source[:, 0], source[:, -1]):
        edge[:] = True
    metres = np.empty(unseen.shape, np.float32)
    grid = network.grid
    step = float(grid.latitude_deg[0] - grid.latitude_deg[1])
    wide = float(grid.longitude_deg[1] - grid.longitude_deg[0])
    width_m = wide * METRES_PER_DEGREE * np.cos(np.radians(grid.latitude_deg))
    room = unseen.size + 1024
    while (
        shortest_ways(
            source,
            width_m,
            step * METRES_PER_DEGREE,
            metres,
            np.empty(room),
            np.empty(room, np.int64),
        )
        > room
    ):
        room *= 2
    area = np.broadcast_to(grid.cell_km2[:, None], grid.shape)
    whole = float(area.sum())
    return WarningMap(
        network,
        height_m,
        speed_mps,
        (metres / np.float32(speed_mps * 60.0)).astype(np.float32),
        float(area[reached].sum()) / whole,
        float(area[unseen & ~reached].sum()) / whole,
    )
