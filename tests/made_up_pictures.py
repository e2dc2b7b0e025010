"""Tracks of made-up aircraft as several stations would tell of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.tracks import TRACK_COLUMNS, Tracks

NOW_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000
EARTH_M = 6_371_000.0


def tracks_at(
    east_m: Any,
    north_m: Any,
    *,
    velocity_mps: Any = (200.0, 0.0),
    sigma_m: float = 100.0,
    speed_sigma_mps: float = 5.0,
    now_ns: int = NOW_NS,
    first_number: int = 1,
    origin: tuple[float, float] = (42.0, 75.0),
    **columns: Any,
) -> Tracks:
    """Confirmed tracks at offsets from a place (degrees), fresh, without codes or heights."""
    east, north = np.broadcast_arrays(np.atleast_1d(east_m), np.atleast_1d(north_m))
    count = len(east)
    made: dict[str, NDArray[Any]] = {
        name: np.zeros((count, *getattr(Tracks.empty(), name).shape[1:]), dtype)
        for name, dtype in TRACK_COLUMNS.items()
    }
    latitude = np.radians(origin[0]) + north / EARTH_M
    longitude = np.radians(origin[1]) + east / (EARTH_M * np.cos(latitude))
    velocity = np.broadcast_to(np.asarray(velocity_mps, float), (count, 2))
    made["track"][:] = first_number + np.arange(count)
    made["measured_ns"][:] = now_ns
    made["last_plot_ns"][:] = now_ns
    made["latitude_rad"][:] = latitude
    made["longitude_rad"][:] = (longitude + np.pi) % (2 * np.pi) - np.pi
    made["velocity_east_mps"][:], made["velocity_north_mps"][:] = velocity.T
    made["confirmed"][:] = True
    made["horizontal_sigma_m"][:] = sigma_m
    made["covariance"][:, [0, 4]] = sigma_m**2
    made["covariance"][:, [7, 9]] = speed_sigma_mps**2
    for name in ("altitude_m", "pressure_altitude_m", "velocity_up_mps"):
        made[name][:] = np.nan
    for name in ("mode_s", "mode_3a"):
        made[name][:] = -1
    for name, values in columns.items():
        made[name][:] = values
    return Tracks(**made)


def covariances(tracks: Tracks | Any) -> NDArray[np.float64]:
    """The 4 x 4 covariances of states, (n, 4, 4)."""
    ten = tracks.covariance
    full = np.empty((len(ten), 4, 4))
    rows, columns = np.triu_indices(4)
    full[:, rows, columns] = ten
    full[:, columns, rows] = ten
    return full
