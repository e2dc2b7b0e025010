"""Standing states and paths from plain rows of numbers, for tests of the evaluation."""

import numpy as np

from skypact.evaluation.instants import Instants, Standing
from skypact.evaluation.paths import Paths, make_paths
from skypact.kernels.evaluation_paths import group_rows

SECOND_NS = 1_000_000_000


def standing_of(rows: np.ndarray, instants: int, *, three_d: bool = False) -> Standing:
    """Rows: thing (sorted), instant, x, y, z, vx, vy, code, in a flat world of metres."""
    _, path = np.unique(rows[:, 0], return_inverse=True)
    path, instant = path.astype(np.int32), rows[:, 1].astype(np.int32)
    state = np.full((6, len(rows)), np.nan)
    state[3:5] = rows[:, 5:7].T
    points = np.zeros((len(rows), 4))
    points[:, : 3 if three_d else 2] = rows[:, 2 : 5 if three_d else 4]
    first, order = np.empty(instants + 1, np.int64), np.empty(len(rows), np.int64)
    group_rows(instant, first, order)
    of_path = np.r_[0, np.cumsum(np.bincount(path))].astype(np.int64)
    everyone = np.ones(len(rows), np.bool_)
    return Standing(path, instant, np.arange(len(rows)), everyone, state, points, of_path, first,
                    order)  # fmt: skip


def paths_of(kind: str, rows: np.ndarray) -> Paths:
    """The same rows as paths at one place on earth, with their codes."""
    return make_paths(
        kind,  # type: ignore[arg-type]
        rows[:, 0].astype(np.int64),
        time_ns=rows[:, 1].astype(np.int64) * SECOND_NS,
        latitude_rad=np.full(len(rows), 0.7),
        longitude_rad=np.full(len(rows), 1.3),
        mode_s=rows[:, 7].astype(np.int32),
    )


def every_second(count: int) -> Instants:
    """Instants a second apart from time 0."""
    return Instants(0, SECOND_NS, count, True, SECOND_NS)


def flight(
    target: int,
    seconds: np.ndarray,
    *,
    latitude_deg: float = 42.0,
    longitude_deg: float = 75.0,
    east_mps: float = 200.0,
    north_mps: float = 0.0,
    **columns: np.ndarray,
) -> dict[str, np.ndarray]:
    """Columns of a truth table: a thing that moves steadily in latitude and longitude."""
    count = len(seconds)
    radius = 6_378_137.0
    north = north_mps * seconds / 6_356_000.0
    east = east_mps * seconds / (radius * np.cos(np.radians(latitude_deg)))
    return {
        "target": np.full(count, target, np.int64),
        "measured_ns": (1_700_000_000 + seconds).astype(np.int64) * SECOND_NS,
        "latitude_deg": latitude_deg + np.degrees(north),
        "longitude_deg": longitude_deg + np.degrees(east),
        "altitude_m": np.full(count, 9_000.0),
        "velocity_east_mps": np.full(count, east_mps),
        "velocity_north_mps": np.full(count, north_mps),
        "velocity_up_mps": np.zeros(count),
        **columns,
    }


def tracked(
    columns: dict[str, np.ndarray], track: int | np.ndarray, **changes: np.ndarray
) -> dict[str, np.ndarray]:
    """The same as columns of a track table, with changes."""
    count = len(columns["measured_ns"])
    table = {key: value for key, value in columns.items() if key not in ("target", "covered")}
    table |= {
        "track": np.zeros(count, np.int64) + track,
        "confirmed": np.ones(count, np.bool_),
        "coasting": np.zeros(count, np.bool_),
        "horizontal_sigma_m": np.full(count, 50.0),
        "last_plot_ns": columns["measured_ns"].copy(),
    }
    return table | changes


def stacked(*tables: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Tables end to end."""
    return {key: np.concatenate([table[key] for table in tables]) for key in tables[0]}
